import { Cancelled, ChildLost, type JobFailure, NewerVersion, Unavailable } from '@honyaku/contracts';
import { DelayedError, UnrecoverableError, WaitingError } from 'bullmq';
import { expect, it } from 'vitest';
import type { Streak } from './job-log.ts';
import { applyFailurePolicy, RecentJobs } from './failure-policy.ts';

const hour = 3600 * 1000;

interface Failing {
  readonly streak?: Streak;
  readonly because?: string;
  readonly holdsLock?: boolean;
}

async function failureOf(error: Error, { streak, because, holdsLock = true }: Failing) {
  const delays: number[] = [];
  const failures: JobFailure[] = [];
  const putBacks: string[] = [];
  const job = {
    id: 'few-123456-0001.1.train',
    attemptsMade: 0,
    log: async () => 1,
    moveToDelayed: async (at: number) => void delays.push(at - Date.now()),
    moveToWait: async () => 0,
  };
  const log = {
    putBack: async (_job: unknown, kind: string) => {
      putBacks.push(kind);
      return streak ?? { times: 1, milliseconds: 0 };
    },
    failed: async (_job: unknown, failure: JobFailure) => void failures.push(failure),
  };
  const thrown = await applyFailurePolicy(error, {
    job,
    token: 'token',
    because,
    holdsLock,
    recentFailures: new RecentJobs(),
    log,
    sharesMemory: false,
  });
  return { thrown, delay: delays[0], failures, putBacks };
}

const unavailable = new Unavailable('the object store does not answer');

it('puts a job back while the bucket is unavailable, and fails it with the reason after two hours', async () => {
  const soon = await failureOf(unavailable, { streak: { times: 200, milliseconds: hour } });
  expect(soon.thrown).toBeInstanceOf(DelayedError);
  expect(soon.delay).toBeLessThan(60_000);
  const late = await failureOf(unavailable, { streak: { times: 400, milliseconds: 2 * hour } });
  expect(late.thrown).toBeInstanceOf(UnrecoverableError);
  expect(late.thrown.message).toBe('Unavailable: the object store does not answer');
  expect(late.failures).toEqual([{ kind: 'Unavailable', reason: 'the object store does not answer' }]);
});

it('puts a job that needs a later version back without limit', async () => {
  const needed = new NewerVersion('job format 3 is not supported');
  const { thrown, delay, failures } = await failureOf(needed, {
    streak: { times: 1_000, milliseconds: 1_000 * hour },
  });
  expect(thrown).toBeInstanceOf(DelayedError);
  expect(delay).toBeGreaterThan(1_000);
  expect(delay).toBeLessThan(60_000);
  expect(failures).toEqual([]);
});

it('does not fail a job that waited in the queue for hours between two attempts', async () => {
  const { thrown } = await failureOf(unavailable, { streak: { times: 2, milliseconds: 5 * hour } });
  expect(thrown).toBeInstanceOf(DelayedError);
});

it('fails a job whose child process was lost five times, on any workers', async () => {
  const lost = new ChildLost('the tensor process ended in train-epoch (SIGKILL)');
  expect((await failureOf(lost, { streak: { times: 4, milliseconds: 9 } })).thrown).toBeInstanceOf(
    DelayedError,
  );
  const { thrown, failures } = await failureOf(lost, { streak: { times: 5, milliseconds: 9 } });
  expect(thrown).toBeInstanceOf(UnrecoverableError);
  expect(thrown.message).toMatch(/^OutOfMemory: the tensor process ended .*, 5 times$/);
  expect(failures).toMatchObject([{ kind: 'OutOfMemory', reason: expect.stringMatching(/, 5 times$/) }]);
});

it('delays a paused epoch for months, and fails one whose sweep was cancelled after it was paused', async () => {
  const stopped = new Cancelled('epoch 1 was stopped at step 7');
  expect((await failureOf(stopped, { because: 'paused' })).delay).toBeGreaterThan(100 * 24 * hour);
  expect((await failureOf(stopped, { because: 'cancelled' })).thrown).toBeInstanceOf(UnrecoverableError);
});

it.each([
  ['was stopped', new Cancelled('train-epoch was stopped'), {}],
  ['was cancelled as well', new Cancelled('train-epoch was stopped'), { because: 'cancelled' }],
  ['was paused as well', new Cancelled('train-epoch was stopped'), { because: 'paused' }],
  ['has lost its child', new ChildLost('the tensor process ended in train-epoch (SIGKILL)'), {}],
  ['does not reach the bucket', unavailable, {}],
  ['has met a bug', new TypeError('no number'), {}],
])('leaves a job whose lock it has lost as it is, with its log, when it %s', async (...[, error, more]) => {
  const { thrown, delay, failures, putBacks } = await failureOf(error, {
    ...more,
    streak: { times: 99, milliseconds: 9 * hour },
    holdsLock: false,
  });
  expect(thrown).toBeInstanceOf(WaitingError);
  expect({ delay, failures, putBacks }).toEqual({ delay: undefined, failures: [], putBacks: [] });
});
