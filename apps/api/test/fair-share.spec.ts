/** The order in which a worker receives jobs from a real queue, for many orders of arrival. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queuePrefix } from '@honyaku/contracts';
import { type EmbeddedRedis, startRedis } from '@honyaku/embedded';
import { Queue, Worker } from 'bullmq';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FairShare } from '../src/queues/fair-share.ts';

interface Arrival {
  readonly submitter: string;
  readonly priority: number;
}

const arrival = fc.record({
  submitter: fc.constantFrom('mei', 'ken', 'aoi'),
  priority: fc.constantFrom(2, 5, 9),
});
/** Jobs that arrive before each job that a worker takes. */
const arrivals = fc.array(fc.array(arrival, { maxLength: 4 }), { minLength: 1, maxLength: 12 });
/** Turns by which two submitters may differ: one that each may have begun. */
const mostApart = 2;

describe('turns', () => {
  let folder: string;
  let server: EmbeddedRedis;
  let redis: Redis;
  let queue: Queue;
  let worker: Worker;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'honyaku-turns-'));
    server = await startRedis({ folder });
    redis = new Redis(server.url);
    const connection = { url: server.url };
    queue = new Queue('trials', { connection, prefix: queuePrefix });
    worker = new Worker('trials', null, {
      connection: { ...connection, maxRetriesPerRequest: null },
      prefix: queuePrefix,
    });
    await worker.waitUntilReady();
  });
  afterAll(async () => {
    await worker.close();
    await queue.close();
    redis.disconnect();
    await server.stop();
    await rm(folder, { recursive: true });
  });

  let lastId = 0;
  async function add(shares: FairShare, { submitter, priority }: Arrival): Promise<string> {
    const jobId = `job-${(lastId += 1)}`;
    const [turn = 0] = await shares.priorities({ submitter, priority }, [jobId]);
    await queue.add('train-epoch', {}, { jobId, priority: turn });
    return jobId;
  }

  async function take(): Promise<string | undefined> {
    const job = await worker.getNextJob('token', { block: false });
    await job?.moveToCompleted({}, 'token', false);
    return job?.id;
  }

  it('never start a job while one of a higher priority waits, and are shared evenly within a priority', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async (rounds) => {
        await redis.flushall();
        const shares = new FairShare(redis);
        const waiting = new Map<string, Arrival>();
        /** Started jobs by submitter and priority, since both of a pair had jobs waiting. */
        let begun = new Map<string, number>();
        const all = [...rounds, ...rounds.flat().map(() => [])];
        for (const round of all) {
          for (const each of round) {
            const newcomer = ![...waiting.values()].some((other) => sameLine(other, each));
            waiting.set(await add(shares, each), each);
            // A submitter that had nothing waiting starts level with the others: idle time earns no credit.
            if (newcomer)
              begun = new Map([...begun].filter(([line]) => !line.startsWith(`${each.priority}/`)));
          }
          const id = await take();
          const taken = id === undefined ? undefined : waiting.get(id);
          if (id === undefined || !taken) {
            expect(waiting.size).toBe(0);
            continue;
          }
          waiting.delete(id);
          const others = [...waiting.values()];
          expect(Math.max(taken.priority, ...others.map(({ priority }) => priority))).toBe(taken.priority);
          begun.set(lineOf(taken), (begun.get(lineOf(taken)) ?? 0) + 1);
          for (const other of others.filter(({ priority }) => priority === taken.priority)) {
            const apart = (begun.get(lineOf(taken)) ?? 0) - (begun.get(lineOf(other)) ?? 0);
            expect(apart).toBeLessThanOrEqual(mostApart);
          }
        }
        expect(waiting.size).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('give no credit for idle time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 6 }),
        async (alone, each) => {
          await redis.flushall();
          const shares = new FairShare(redis);
          const submitters = new Map<string, string>();
          const addFor = async (submitter: string, jobs: number) => {
            for (let job = 0; job < jobs; job += 1)
              submitters.set(await add(shares, { submitter, priority: 5 }), submitter);
          };
          await addFor('ken', alone + each);
          for (let job = 0; job < alone; job += 1) await take();
          await addFor('mei', each);
          const order: (string | undefined)[] = [];
          for (let job = 0; job < 2 * each; job += 1) order.push(submitters.get((await take()) ?? ''));
          for (let turns = 2; turns <= order.length; turns += 2) {
            const ofKen = order.slice(0, turns).filter((submitter) => submitter === 'ken').length;
            expect(Math.abs(2 * ofKen - turns)).toBeLessThanOrEqual(mostApart);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

function lineOf({ submitter, priority }: Arrival): string {
  return `${priority}/${submitter}`;
}

function sameLine(one: Arrival, other: Arrival): boolean {
  return lineOf(one) === lineOf(other);
}
