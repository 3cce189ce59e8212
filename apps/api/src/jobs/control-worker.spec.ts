import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  InvalidInput,
  type JobHandler,
  NewerVersion,
  Unavailable,
  advanceJob,
  beginJob,
  collectJob,
  concludeJob,
  handlerOf,
  jobFormat,
  putBacksIn,
  queuePrefix,
} from '@honyaku/contracts';
import { type EmbeddedRedis, startRedis } from '@honyaku/embedded';
import { type JobsOptions, Queue, type Worker } from 'bullmq';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startControlWorker } from './control-worker.ts';

let folder: string;
let redis: EmbeddedRedis;
let queue: Queue;
let worker: Worker;
let handlers: readonly JobHandler<[]>[];
let start: (handlers: readonly JobHandler<[]>[]) => Worker;
let fault: () => Error = () => new Error('not set');
const givenUp: [sweep: string, reason: string][] = [];
const givenUpScores: [epoch: object, reason: string][] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-control-'));
  redis = await startRedis({ folder });
  queue = new Queue('control', { connection: { url: redis.url }, prefix: queuePrefix });
  const fail = () => Promise.reject(fault());
  const giveUp = async (sweepId: string, reason: string) => void givenUp.push([sweepId, reason]);
  const giveUpScore = async (epoch: object, reason: string) => void givenUpScores.push([epoch, reason]);
  handlers = [beginJob, advanceJob, collectJob, concludeJob].map((job) => handlerOf(job, fail));
  start = (served) =>
    startControlWorker(
      redis.url,
      queuePrefix,
      { handlers: served, giveUp, giveUpScore },
      pino({ level: 'silent' }),
    );
  worker = start(handlers);
});
afterAll(async () => {
  await worker.close();
  await queue.close();
  await redis.stop();
  await rm(folder, { recursive: true });
});

async function fails(name: string, data: object, options: JobsOptions, error: () => Error): Promise<number> {
  fault = error;
  givenUp.length = 0;
  const job = await queue.add(name, data, options);
  await vi.waitUntil(() => job.isFailed(), { timeout: 20_000 });
  return (await queue.getJob(job.id ?? ''))?.attemptsMade ?? 0;
}

const advance = { sweepId: 'few-123456', trialId: 'few-123456-0001', epoch: 2 };
const tries = (jobId: string) => ({ jobId, attempts: 3, backoff: { type: 'fixed', delay: 1 } });

it('ends a sweep by its decision that fails at every try, with the reason', async () => {
  const times = await fails(
    'advance',
    advance,
    tries(advanceJob.id(advance)),
    () => new TypeError('no space'),
  );
  expect(times).toBe(3);
  expect(givenUp).toEqual([['few-123456', 'few-123456-0001.2.advance failed 3 times: Bug: no space']]);
});

it('ends it at once when what it asks for is not allowed', async () => {
  const sweep = { sweepId: 'other-123456' };
  const times = await fails('begin', sweep, tries(beginJob.id(sweep)), () => new InvalidInput('dropout: 5'));
  expect(times).toBe(1);
  expect(givenUp).toEqual([['other-123456', 'other-123456.begin failed 1 times: InvalidInput: dropout: 5']]);
});

it.each<[string, () => Error]>([
  ['the bucket', () => new Unavailable('the object store does not answer')],
  ['Redis', () => new Error('Command timed out')],
])('leaves it to the next look when %s is away', async (what, error) => {
  const sweep = { sweepId: `${what === 'Redis' ? 'redis' : 'bucket'}-123456` };
  expect(await fails('begin', sweep, tries(beginJob.id(sweep)), error)).toBe(3);
  expect(givenUp).toEqual([]);
});

it('ends no sweep because its garbage cannot be collected', async () => {
  const sweep = { sweepId: 'few-123456' };
  await fails('collect', sweep, tries(collectJob.id(sweep)), () => new TypeError('no space'));
  expect(givenUp).toEqual([]);
});

it('ends no sweep because the outcome of a score cannot be recorded, but the wait for that score', async () => {
  await fails('conclude', advance, tries(concludeJob.id(advance)), () => new TypeError('no space'));
  expect(givenUp).toEqual([]);
  expect(givenUpScores).toEqual([[advance, 'few-123456-0001.2.conclude failed 3 times: Bug: no space']]);
});

it('ends a sweep at once by whose payload nobody can tell what is to be decided', async () => {
  const sweep = { sweepId: 'unreadable-123456' };
  expect(
    await fails('begin', { sweep: 1 }, tries(beginJob.id(sweep)), () => new TypeError('not reached')),
  ).toBe(1);
  expect(givenUp).toEqual([
    ['unreadable-123456', expect.stringMatching(/failed 1 times: Corrupt: .*begin cannot be read: sweepId/)],
  ]);
});

it.each([
  ['of a later format', 'begin', { sweepId: 'later-123456', requires: jobFormat + 1 }],
  ['of a name of a later version', 'average', {}],
])('leaves a job %s to another API, and notes why', async (_what, name, data) => {
  givenUp.length = 0;
  const job = await queue.add(name, data, tries(`later-123456.${name}`));
  await vi.waitUntil(() => job.isDelayed(), { timeout: 20_000 });
  expect(putBacksIn((await queue.getJobLogs(job.id ?? '')).logs)).toMatchObject([{ kind: 'newer version' }]);
  expect(await queue.getJob(job.id ?? '')).toMatchObject({ attemptsMade: 0 });
  expect(givenUp).toEqual([]);
});

it('leaves a job to another API whose sweep a later version has gone on with, and never ends that sweep', async () => {
  fault = () => new NewerVersion('log/00000002.json has an event or decision of the unknown type archived');
  givenUp.length = 0;
  const later = { ...advance, epoch: 9 };
  const job = await queue.add('advance', later, { ...tries(advanceJob.id(later)), attempts: 1 });
  await vi.waitUntil(() => job.isDelayed(), { timeout: 20_000 });
  expect(putBacksIn((await queue.getJobLogs(job.id ?? '')).logs)).toMatchObject([
    {
      kind: 'newer version',
      reason: 'log/00000002.json has an event or decision of the unknown type archived',
    },
  ]);
  expect(givenUp).toEqual([]);
});

it.each<[string, (handlers: readonly JobHandler<[]>[]) => readonly JobHandler<[]>[]]>([
  [
    'advance of the queue control has no handler',
    (all) => all.filter(({ name }) => name !== advanceJob.name),
  ],
  ['begin of the queue control has 2 handlers', (all) => [...all, ...all.slice(0, 1)]],
])('does not start when the job %s', (fault, change) => {
  expect(() => start(change(handlers))).toThrow(`the job ${fault} in this process`);
});
