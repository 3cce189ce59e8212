import { Cancelled, ChildLost, type JobFailure, NewerVersion, Unavailable } from '@honyaku/contracts';
import { DelayedError, UnrecoverableError } from 'bullmq';
import { expect, it } from 'vitest';
import type { Streak } from './job-log.ts';
import { applyFailurePolicy, SecondChances } from './failure-policy.ts';

const hour = 3600 * 1000;

async function failureOf(error: Error, { streak, because }: { streak?: Streak; because?: string }) {
  const delays: number[] = [];
  const failures: JobFailure[] = [];
  const job = {
    id: 'few-123456-0001.1.train',
    attemptsMade: 0,
    log: async () => 1,
    moveToDelayed: async (at: number) => void delays.push(at - Date.now()),
    moveToWait: async () => 0,
  };
  const log = {
    putBack: async () => streak ?? { times: 1, milliseconds: 0 },
    failed: async (_job: unknown, failure: JobFailure) => void failures.push(failure),
  };
  const told = await applyFailurePolicy(error, {
    job,
    token: 'token',
    because,
    chances: new SecondChances(),
    log,
    sharesMemory: false,
  });
  return { told, delay: delays[0], failures };
}

const away = new Unavailable('the object store does not answer');

it('puts a job back while the bucket is away, and gives it up with the reason after two hours', async () => {
  const soon = await failureOf(away, { streak: { times: 200, milliseconds: hour } });
  expect(soon.told).toBeInstanceOf(DelayedError);
  expect(soon.delay).toBeLessThan(60_000);
  const late = await failureOf(away, { streak: { times: 400, milliseconds: 2 * hour } });
  expect(late.told).toBeInstanceOf(UnrecoverableError);
  expect(late.told.message).toBe('Unavailable: the object store does not answer');
  expect(late.failures).toEqual([{ kind: 'Unavailable', reason: 'the object store does not answer' }]);
});

it('leaves a job that only a later version can do to others, however long none comes', async () => {
  const needed = new NewerVersion('job format 3 is not known here');
  const { told, delay, failures } = await failureOf(needed, {
    streak: { times: 1_000, milliseconds: 1_000 * hour },
  });
  expect(told).toBeInstanceOf(DelayedError);
  expect(delay).toBeGreaterThan(1_000);
  expect(delay).toBeLessThan(60_000);
  expect(failures).toEqual([]);
});

it('does not give a job up that waited for its turn for hours between two tries', async () => {
  const { told } = await failureOf(away, { streak: { times: 2, milliseconds: 5 * hour } });
  expect(told).toBeInstanceOf(DelayedError);
});

it('gives a job up whose child was lost five times, on whichever workers', async () => {
  const lost = new ChildLost('the tensor process ended in train-epoch (SIGKILL)');
  expect((await failureOf(lost, { streak: { times: 4, milliseconds: 9 } })).told).toBeInstanceOf(
    DelayedError,
  );
  const { told, failures } = await failureOf(lost, { streak: { times: 5, milliseconds: 9 } });
  expect(told).toBeInstanceOf(UnrecoverableError);
  expect(told.message).toMatch(/^OutOfMemory: the tensor process ended .*, 5 times$/);
  expect(failures).toMatchObject([{ kind: 'OutOfMemory', reason: expect.stringMatching(/, 5 times$/) }]);
});

it('puts a paused epoch aside, and not one whose sweep was cancelled after it was paused', async () => {
  const stopped = new Cancelled('epoch 1 was stopped at step 7');
  expect((await failureOf(stopped, { because: 'paused' })).delay).toBeGreaterThan(100 * 24 * hour);
  expect((await failureOf(stopped, { because: 'cancelled' })).told).toBeInstanceOf(UnrecoverableError);
});
