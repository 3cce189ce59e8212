/**
 * Adds what is missing: flows that were added in the last second before Redis lost its tail, jobs of
 * submissions whose process died half way, control jobs that failed while the bucket was away. Runs at
 * start, when Redis is back, and once in a while.
 */
import { advanceJob, beginJob, messageOf } from '@honyaku/contracts';
import { type Redis } from 'ioredis';
import { type Logger } from 'pino';
import { type Queues } from '../queues/queues.ts';
import { type BestBundles } from './best-bundles.ts';
import { hasEnded, neededFlows } from './decisions.ts';
import { type SweepRow } from './sweep-state.ts';
import { type SweepStore } from './sweep-store.ts';

const periodMilliseconds = 30_000;

export class Reconciliation {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private readonly onReady = () => void this.run();

  constructor(
    private readonly redis: Redis,
    private readonly store: SweepStore,
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

  private async pass(): Promise<void> {
    for (const sweep of await this.store.list()) {
      if (!hasEnded(sweep.state)) await this.repair(sweep);
    }
  }

  private async repair(sweep: SweepRow): Promise<void> {
    if (sweep.state === 'preparing') {
      // Begin asks for the dataset itself when nobody has.
      await this.queues.addBegin(sweep.id);
      await this.retryFailed(beginJob.id({ sweepId: sweep.id }));
      return;
    }
    const flows = neededFlows(await this.store.load(sweep.id));
    await this.queues.addEpochs(flows);
    for (const flow of flows) await this.retryFailed(advanceJob.id(flow));
    await this.bundles.bringUpToDate(sweep);
  }

  private async retryFailed(controlJobId: string): Promise<void> {
    const job = await this.queues.job('control', controlJobId);
    if (job && (await job.isFailed())) {
      this.logger.info({ job: controlJobId }, 'a failed control job is tried again');
      await job.retry('failed');
    }
  }
}
