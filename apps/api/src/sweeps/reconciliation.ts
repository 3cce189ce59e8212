/**
 * Adds what is missing: sweeps that Redis does not know (any more), flows that were added in the last second
 * before it lost its tail, jobs of submissions whose process died half way, control jobs that failed while
 * the bucket was away. Runs at start, when Redis is back, and once in a while.
 */
import { advanceJob, beginJob, keepFinishedJobsSeconds, messageOf } from '@honyaku/contracts';
import { type ObjectStore } from '@honyaku/storage';
import { type Redis } from 'ioredis';
import { type Logger } from 'pino';
import { type Queues } from '../queues/queues.ts';
import { type BestBundles } from './best-bundles.ts';
import { CollectionSchedule } from './collection-schedule.ts';
import { neededFlows } from './decisions.ts';
import { hasEnded } from './end-states.ts';
import { type KnownStates } from './known-state.ts';
import { type SweepChanges } from './sweep-changes.ts';
import { type SweepStore } from './sweep-store.ts';

const periodMilliseconds = 30_000;

export class Reconciliation {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private readonly onReady = () => {
    this.states.forget();
    this.lookThroughBucket = true;
    void this.run();
  };
  private lookThroughBucket = true;
  private readonly collections = new CollectionSchedule();

  constructor(
    private readonly redis: Redis,
    private readonly objects: ObjectStore,
    private readonly store: SweepStore,
    private readonly states: KnownStates,
    private readonly changes: SweepChanges,
    private readonly queues: Queues,
    private readonly bundles: BestBundles,
    private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    await this.run();
    this.redis.on('ready', this.onReady);
    this.timer = setInterval(() => void this.run(), periodMilliseconds);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.redis.off('ready', this.onReady);
    await this.running;
  }

  /** One pass; who calls during a pass gets that one. A failure is logged: the next pass comes. */
  run(): Promise<void> {
    this.running ??= this.pass()
      .catch((error: unknown) => this.logger.warn({ reason: messageOf(error) }, 'reconciliation failed'))
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  /** Brings every sweep in the bucket back into Redis, whatever is there. @returns their ids */
  async reindex(): Promise<string[]> {
    this.states.forget();
    const ids = await this.idsInBucket();
    for (const id of ids) await this.states.of(id);
    await this.run();
    return ids;
  }

  private async pass(): Promise<void> {
    if (this.lookThroughBucket) {
      const known = new Set(await this.store.ids());
      for (const id of await this.idsInBucket()) if (!known.has(id)) await this.states.of(id);
      for (const { id, endedAt } of await this.store.list())
        if (isRecent(endedAt)) await this.changes.addWebhooks((await this.states.of(id)).state);
      this.lookThroughBucket = false;
    }
    for (const sweep of await this.store.list()) {
      if (!hasEnded(sweep.state)) await this.repair(sweep.id);
      if (this.collections.isDue(sweep, Date.now())) await this.queues.addCollect(sweep.id);
    }
  }

  private async idsInBucket(): Promise<string[]> {
    const ids: string[] = [];
    for await (const folder of this.objects.folders('sweeps/')) ids.push(folder);
    return ids;
  }

  private async repair(sweepId: string): Promise<void> {
    const { sweep } = (await this.states.of(sweepId)).state;
    if (sweep.state === 'preparing') {
      // Begin asks for the dataset itself when nobody has.
      await this.queues.addBegin(sweepId);
      await this.retry(beginJob.id({ sweepId }));
      return;
    }
    const { after } = await this.changes.apply(sweepId, { type: 'time-passed' });
    for (const flow of await this.queues.failed(neededFlows(after))) await this.retry(advanceJob.id(flow));
    await this.bundles.bringUpToDate(after.sweep);
  }

  private async retry(controlJobId: string): Promise<void> {
    const job = await this.queues.job('control', controlJobId);
    if (job && (await job.isFailed())) {
      this.logger.info({ job: controlJobId }, 'a failed control job is tried again');
      await job.retry('failed');
    }
  }
}

/** Whether its webhooks may not have been told yet when a process died. */
function isRecent(endedAt: string | undefined): boolean {
  return endedAt === undefined || Date.now() - Date.parse(endedAt) < keepFinishedJobsSeconds * 1000;
}
