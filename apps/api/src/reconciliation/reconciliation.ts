/**
 * Adds what is missing: sweeps that Redis does not know (any more), flows that were added in the last second
 * before it lost its tail, jobs of submissions whose process died half way, control jobs that failed while
 * the bucket was away. Runs at start, when Redis is back, and once in a while. A sweep that cannot be read
 * keeps none of the others from it.
 */
import {
  Corrupt,
  NewerVersion,
  NotFound,
  type ReindexResult,
  advanceJob,
  beginJob,
  collectJob,
  jobToAdd,
  keepFinishedJobsSeconds,
  messageOf,
} from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { type SweepRow, hasEnded, neededFlows } from '@honyaku/sweep-engine';
import { type Redis } from 'ioredis';
import { type Logger } from 'pino';
import { type Queues } from '../queues/queues.ts';
import { lookAfterParkedJobs } from './parked-jobs.ts';
import { type BestBundles } from '../best/best-bundles.ts';
import { CollectionSchedule } from '../retention/collection.ts';
import { type SweepCache } from '../store/sweep-cache.ts';
import { type SweepChanges } from '../sweeps/sweep-changes.ts';
import { type SweepStore } from '../store/sweep-store.ts';
import { isBrokenOffSubmission, sweepsInBucket } from '../store/sweeps-in-bucket.ts';
import { type UnreadableSweeps } from '../store/unreadable-sweeps.ts';
import { type ChangeMessages } from '../webhooks/change-messages.ts';

const periodMilliseconds = 30_000;

interface Dependencies {
  readonly redis: Redis;
  readonly objects: ObjectStore;
  readonly store: SweepStore;
  readonly cache: SweepCache;
  readonly changes: SweepChanges;
  readonly queues: Queues;
  readonly bundles: BestBundles;
  readonly messages: ChangeMessages;
  readonly unreadable: UnreadableSweeps;
  readonly logger: Logger;
}

export class Reconciliation {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private readonly onReady = () => {
    this.using.cache.forget();
    this.lookThroughBucket = true;
    void this.run();
  };
  private lookThroughBucket = true;
  private readonly collections = new CollectionSchedule();

  constructor(private readonly using: Dependencies) {}

  async start(): Promise<void> {
    await this.run();
    this.using.redis.on('ready', this.onReady);
    this.timer = setInterval(() => void this.run(), periodMilliseconds);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.using.redis.off('ready', this.onReady);
    await this.running;
  }

  /** One pass; who calls during a pass gets that one. A failure is logged: the next pass comes. */
  run(): Promise<void> {
    this.running ??= this.pass()
      .catch((error: unknown) =>
        this.using.logger.warn({ reason: messageOf(error) }, 'reconciliation failed'),
      )
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  /**
   * Brings every sweep in the bucket back into Redis, whatever is there, and names those that cannot be read.
   * @param onSweep called for each that was looked at
   */
  async reindex(onSweep: () => void): Promise<ReindexResult> {
    const { objects, cache, unreadable } = this.using;
    cache.forget();
    unreadable.clear();
    const sweeps: string[] = [];
    for await (const id of sweepsInBucket(objects))
      await this.isolated(id, async () => {
        onSweep();
        if (await this.isRead(id)) sweeps.push(id);
      });
    await this.run();
    return { sweeps, ...(unreadable.size === 0 ? {} : { unreadable: unreadable.list() }) };
  }

  private async pass(): Promise<void> {
    if (this.lookThroughBucket) {
      await this.takeFromBucket();
      this.lookThroughBucket = false;
    }
    const { store, cache, queues } = this.using;
    await lookAfterParkedJobs(this.using);
    for await (const { id, row, unreadable } of store.rows())
      await this.isolated(id, async () => {
        // An API of the version that wrote it looks after it.
        if (unreadable instanceof NewerVersion) throw unreadable;
        const sweep = row && !store.isDamaged(id) ? row : (await cache.restore(id)).state.sweep;
        if (!hasEnded(sweep.state)) await this.repair(id);
        if (this.collections.isDue(sweep, Date.now()))
          await queues.add(jobToAdd(collectJob, { sweepId: id }));
      });
  }

  /** Sweeps that Redis does not know, and webhook messages that a process may have died before it sent. */
  private async takeFromBucket(): Promise<void> {
    const { objects, store, cache } = this.using;
    const known = new Set(await store.ids());
    for await (const id of sweepsInBucket(objects))
      if (!known.has(id))
        await this.isolated(id, async () => {
          await this.isRead(id);
        });
    for await (const { id, row } of store.rows())
      if (row && mayLackWebhooks(row))
        await this.isolated(id, async () => {
          await this.using.messages.onChange(undefined, (await cache.of(id)).state);
        });
  }

  /** Reads a sweep of the bucket. @returns false when it is none @throws Corrupt */
  private async isRead(sweepId: string): Promise<boolean> {
    const { objects, cache } = this.using;
    try {
      await cache.of(sweepId);
      return true;
    } catch (error) {
      if (!(error instanceof NotFound)) throw error;
      if (await isBrokenOffSubmission(objects, sweepId)) return false;
      throw new Corrupt(`${keys.sweepRecord(sweepId)} is missing`, { cause: error });
    }
  }

  /**
   * Does the work of one sweep. What fails with it alone is noted and left out.
   * @throws Unavailable, or Redis's error, when Redis or the bucket is away: then it is not the sweep's fault
   */
  private async isolated(sweepId: string, work: () => Promise<void>): Promise<void> {
    const { redis, objects, unreadable } = this.using;
    try {
      await work();
      unreadable.remove(sweepId);
    } catch (error) {
      await redis.ping();
      await objects.check();
      unreadable.add(sweepId, error);
    }
  }

  private async repair(sweepId: string): Promise<void> {
    const { cache, queues, changes, bundles } = this.using;
    const { sweep } = (await cache.of(sweepId)).state;
    if (sweep.state === 'preparing') {
      // Begin asks for the dataset itself when nobody has.
      await queues.add(jobToAdd(beginJob, { sweepId }));
      await this.retry(beginJob.id({ sweepId }));
      return;
    }
    const { after } = await changes.apply(sweepId, { type: 'time-passed' });
    for (const flow of await queues.failed(neededFlows(after))) await this.retry(advanceJob.id(flow));
    await bundles.updateBestBundle(after.sweep);
  }

  private async retry(controlJobId: string): Promise<void> {
    const { queues, logger } = this.using;
    const job = await queues.job('control', controlJobId);
    if (job && (await job.isFailed())) {
      logger.info({ job: controlJobId }, 'a failed control job is tried again');
      await job.retry('failed');
    }
  }
}

/** Whether its webhooks may not have been told yet when a process died. */
function mayLackWebhooks({ endedAt, spec }: SweepRow): boolean {
  if (spec.webhook === undefined) return false;
  return endedAt === undefined || Date.now() - Date.parse(endedAt) < keepFinishedJobsSeconds * 1000;
}
