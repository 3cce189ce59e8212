/** What workers tell of their training through the queue, and what their tensor processes use of the processor. */
import { TrainProgress, queuePrefix } from '@honyaku/contracts';
import { QueueEvents } from 'bullmq';
import { type Program } from '@honyaku/local-stack';
import { cpuSeconds } from './cpu-time.ts';

/** Training between two reports of a worker on one epoch. */
export interface Stretch {
  readonly worker: string;
  /** When the reports came, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly targetTokens: number;
  /** In training steps, by the tensor process's own clock. */
  readonly seconds: number;
  /** Of the tensor process. */
  readonly cpuSeconds: number;
}

interface Report {
  readonly job: string;
  readonly at: number;
  readonly targetTokens: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export class StepWatch {
  readonly stretches: Stretch[] = [];
  private readonly last = new Map<string, Report>();
  private readonly events: QueueEvents;

  /** Needs no API, so that it sees the same while there is none. */
  constructor(redisUrl: string, workers: readonly Program[]) {
    const tensorProcesses = new Map(workers.map((worker) => [worker.name, tensorProcessOf(worker)]));
    this.events = new QueueEvents('trials', { connection: { url: redisUrl }, prefix: queuePrefix });
    this.events.on('progress', ({ jobId, data }) => {
      const progress = TrainProgress.safeParse(data);
      const pid = progress.success ? tensorProcesses.get(progress.data.worker) : undefined;
      if (progress.success && pid !== undefined) this.see(jobId, progress.data, cpuSeconds(pid));
    });
    this.events.on('error', () => undefined);
  }

  async stop(): Promise<void> {
    await this.events.close();
  }

  private see(
    job: string,
    { worker, targetTokensPerSecond, elapsedSeconds }: TrainProgress,
    cpu: number,
  ): void {
    const targetTokens = targetTokensPerSecond * elapsedSeconds;
    const report = { job, at: Date.now(), targetTokens, seconds: elapsedSeconds, cpuSeconds: cpu };
    const before = this.last.get(worker);
    this.last.set(worker, report);
    if (before?.job !== job || report.seconds <= before.seconds) return;
    this.stretches.push({
      worker,
      from: before.at,
      to: report.at,
      targetTokens: report.targetTokens - before.targetTokens,
      seconds: report.seconds - before.seconds,
      cpuSeconds: report.cpuSeconds - before.cpuSeconds,
    });
  }
}

function tensorProcessOf(worker: Program): number | undefined {
  return worker.childrenOf('trial-child')[0];
}
