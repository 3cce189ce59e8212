/**
 * Restores what Redis lacks: sweeps that are only in the bucket, flows that were added in the last second before Redis
 * lost data, jobs of submissions that were interrupted, and control jobs that failed during an outage of the bucket.
 * Runs at start-up, after each reconnect to Redis, and every 30 seconds. A sweep that cannot be read is skipped.
 */
import { randomUUID } from 'node:crypto';
import {
  Corrupt,
  NewerVersion,
  NotFound,
  type RedisNames,
  type ReindexResult,
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
import { catchUp } from './late-sweeps.ts';
import { reconcileParkedJobs } from './parked-jobs.ts';
import { type BestBundles } from '../best/best-bundles.ts';
import { stateEvent } from '../events/current-state.ts';
import { type EventBus } from '../events/event-bus.ts';
import { CollectionSchedule } from '../retention/collection.ts';
import { type SweepCache } from '../store/sweep-cache.ts';
import { type FollowUps } from '../sweeps/follow-ups.ts';
import { type SweepChanges } from '../sweeps/sweep-changes.ts';
import { type SweepStore } from '../store/sweep-store.ts';
import { isBrokenOffSubmission, sweepsInBucket } from '../store/sweeps-in-bucket.ts';
import { type UnreadableSweeps } from '../store/unreadable-sweeps.ts';
import { type WebhookObserver } from '../webhooks/webhooks.ts';

const periodMilliseconds = 30_000;
/** Longer than any pass takes; what a process leaves behind is gone after it. */
const keepWitnessSeconds = 3_600;

interface Dependencies {
  readonly redis: Redis;
  readonly names: RedisNames;
  readonly objects: ObjectStore;
  readonly store: SweepStore;
  readonly cache: SweepCache;
  readonly changes: SweepChanges;
  readonly queues: Queues;
  readonly bundles: BestBundles;
  readonly messages: WebhookObserver;
  readonly followUps: FollowUps;
  readonly unreadable: UnreadableSweeps;
  readonly bus: EventBus;
  readonly logger: Logger;
}

export class Reconciliation {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private readonly onReady = () => {
    this.onLoss();
    void this.run();
  };
  /** Whether the next pass also searches the bucket for sweeps that Redis lacks. */
  private bucketIsDue = true;
  private readonly witness: string;
  private readonly collections = new CollectionSchedule();

  constructor(private readonly using: Dependencies) {
    this.witness = using.names.witness(randomUUID());
  }

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

  /** Runs one pass, or waits for the one that is running. A failure is only logged, since another pass follows. */
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
   * Restores every sweep of the bucket in Redis, with its best bundle, and lists those that cannot be read.
   * @param onSweep called for each sweep
   */
  async reindex(onSweep: () => void): Promise<ReindexResult> {
    const { objects, cache, bundles, unreadable } = this.using;
    cache.forget();
    unreadable.clear();
    const sweeps: string[] = [];
    for await (const id of sweepsInBucket(objects))
      await this.isolated(id, async () => {
        onSweep();
        if (!(await this.restore(id))) return;
        sweeps.push(id);
        const { sweep } = (await cache.of(id)).state;
        // The pass below only looks after the bundles of sweeps under way.
        if (hasEnded(sweep.state)) await bundles.updateIfReadable(sweep);
      });
    await this.run();
    return { sweeps, ...(unreadable.size === 0 ? {} : { unreadable: unreadable.list() }) };
  }

  private async pass(): Promise<void> {
    if (await this.hasLostData()) this.onLoss();
    if (this.bucketIsDue) {
      // Before the search: Redis may be lost again during it.
      this.bucketIsDue = false;
      try {
        await this.restoreFromBucket();
      } catch (error) {
        this.bucketIsDue = true;
        throw error;
      }
    }
    const { store, cache, queues, followUps, unreadable: unreadableSweeps } = this.using;
    for (const id of followUps.lateSweeps())
      await this.isolated(id, async () => {
        await catchUp(id, this.using);
        followUps.done(id);
        await this.notifyViewers(id);
      });
    await reconcileParkedJobs(this.using);
    const listed = new Set<string>();
    for await (const { id, row, unreadable } of store.rows()) {
      listed.add(id);
      await this.isolated(id, async () => {
        // An API of the version that wrote the row takes care of the sweep.
        if (unreadable instanceof NewerVersion) throw unreadable;
        const sweep = row && !store.isDamaged(id) ? row : (await cache.restore(id)).state.sweep;
        if (!hasEnded(sweep.state)) await this.repair(id);
        if (this.collections.isDue(sweep, Date.now()))
          await queues.add(jobToAdd(collectJob, { sweepId: id }));
      });
    }
    // Sweeps that Redis does not list, since they could not be restored: they may be repaired or moved away by now.
    for (const { sweep } of unreadableSweeps.list())
      if (!listed.has(sweep))
        await this.isolated(sweep, async () => {
          await this.restore(sweep);
        });
  }

  /** Whether Redis was emptied since the last pass, as FLUSHALL or a proxy's change of servers does without a disconnection. */
  private async hasLostData(): Promise<boolean> {
    const { redis } = this.using;
    return (await redis.set(this.witness, 1, 'EX', keepWitnessSeconds, 'GET')) === null;
  }

  /** Redis may lack anything. */
  private onLoss(): void {
    this.using.cache.forget();
    this.bucketIsDue = true;
  }

  /** Restores sweeps that Redis lacks, and webhook messages that a process may have died before sending. */
  private async restoreFromBucket(): Promise<void> {
    const { objects, store, cache } = this.using;
    const known = new Set(await store.ids());
    for await (const id of sweepsInBucket(objects))
      if (!known.has(id))
        await this.isolated(id, async () => {
          await this.restore(id);
        });
    for await (const { id, row } of store.rows())
      if (row && mayLackWebhooks(row))
        await this.isolated(id, async () => {
          await this.using.messages.onChange(undefined, (await cache.of(id)).state);
        });
  }

  /**
   * Reads a sweep from the bucket into Redis.
   * @returns false when it is only the remains of a submission that was interrupted
   * @throws Corrupt
   */
  private async restore(sweepId: string): Promise<boolean> {
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
   * Does work for one sweep; an error lists the sweep as unreadable and goes no further.
   * @throws Unavailable, or Redis's error, when Redis or the bucket is unreachable, which is not the sweep's fault
   */
  private async isolated(sweepId: string, work: () => Promise<void>): Promise<void> {
    const { redis, objects, unreadable } = this.using;
    try {
      await work();
      unreadable.remove(sweepId);
    } catch (error) {
      await redis.ping();
      await objects.check();
      if (unreadable.add(sweepId, error)) await this.notifyViewers(sweepId);
    }
  }

  /** Shows those who watch the sweep why it stands still. */
  private async notifyViewers(sweepId: string): Promise<void> {
    const { store, bus, unreadable } = this.using;
    const row = await store.readableRow(sweepId);
    if (row) await bus.publish([stateEvent(row, unreadable.reasonOf(sweepId))]);
  }

  private async repair(sweepId: string): Promise<void> {
    const { cache, queues, changes, bundles } = this.using;
    const { sweep } = (await cache.of(sweepId)).state;
    if (sweep.state === 'preparing') {
      // The begin job also requests the dataset, if that is still missing.
      await queues.add(jobToAdd(beginJob, { sweepId }));
      await this.retry(beginJob.id({ sweepId }));
      return;
    }
    const { after } = await changes.apply(sweepId, { type: 'time-passed' });
    for (const id of await queues.failed(neededFlows(after))) await this.retry(id);
    await bundles.updateIfReadable(after.sweep);
  }

  private async retry(controlJobId: string): Promise<void> {
    const { queues, logger } = this.using;
    const job = await queues.job('control', controlJobId);
    if (job && (await job.isFailed())) {
      logger.info({ job: controlJobId }, 'retrying a failed control job');
      await job.retry('failed');
    }
  }
}

/** Whether a process may have died before it sent the sweep's webhook messages. */
function mayLackWebhooks({ endedAt, spec }: SweepRow): boolean {
  if (spec.webhook === undefined) return false;
  return endedAt === undefined || Date.now() - Date.parse(endedAt) < keepFinishedJobsSeconds * 1000;
}
