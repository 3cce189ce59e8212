/**
 * What workers report of their training through the queue, what their tensor processes use of the processor, and how
 * much slower training is while one thing is the case than while another is.
 */
import { readFileSync } from 'node:fs';
import { TrainProgress, queuePrefix } from '@honyaku/contracts';
import { QueueEvents } from 'bullmq';
import { type Program } from '@honyaku/local-stack';
import { mean, sampleStandardDeviation } from 'simple-statistics';

/** Training between two reports of a worker on one epoch. */
export interface Stretch {
  readonly worker: string;
  /** When the reports came, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly targetTokens: number;
  /** In training steps, by the tensor process's own clock. */
  readonly seconds: number;
  /** CPU seconds of the tensor process. */
  readonly cpuSeconds: number;
}

interface StepReport {
  readonly job: string;
  readonly at: number;
  readonly targetTokens: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export class StepWatch {
  readonly stretches: Stretch[] = [];
  private readonly last = new Map<string, StepReport>();
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

/** In milliseconds since 1970. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Each with the other beside it, so that what drifts on a machine drifts for both. */
export interface Pair {
  readonly with: Period;
  readonly without: Period;
}

export interface Slowdown {
  /** 0.02 is two percent slower. */
  readonly share: number;
  /** Ends of its 95% interval. */
  readonly low: number;
  readonly high: number;
  /** Pairs that count. */
  readonly pairs: number;
}

/** Cost of a target token. */
type Cost = (stretch: Stretch) => number;

/** A period counts for little in which a worker trained for less than this share of it. */
const leastShare = 0.5;
/** Standard errors to either side. */
const width95 = 1.96;

/** The mean over the pairs in which all workers trained, of the worker that is slowed most. */
export function slowdown(stretches: readonly Stretch[], pairs: readonly Pair[], cost: Cost): Slowdown {
  const workers = [...new Set(stretches.map(({ worker }) => worker))];
  const counting = pairs.filter((pair) =>
    workers.every((worker) =>
      [pair.with, pair.without].every((period) => trained(stretches, worker, period)),
    ),
  );
  const slowdowns = workers.map((worker) => {
    const costIn = (period: Period) => costOfToken(within(stretches, worker, period), cost);
    return interval(counting.map((pair) => Math.log(costIn(pair.with) / costIn(pair.without))));
  });
  return slowdowns.reduce((worst, each) => (each.share > worst.share ? each : worst));
}

/** Cost of a target token for a worker in a period; NaN when it did not train. */
export function costOfToken(stretches: readonly Stretch[], cost: Cost): number {
  return sum(stretches, cost) / sum(stretches, ({ targetTokens }) => targetTokens);
}

/** Those of a worker that lie whole in a period. */
export function within(stretches: readonly Stretch[], worker: string, { from, to }: Period): Stretch[] {
  return stretches.filter((each) => each.worker === worker && each.from >= from && each.to <= to);
}

function trained(stretches: readonly Stretch[], worker: string, period: Period): boolean {
  const seconds = sum(within(stretches, worker, period), (stretch) => stretch.seconds);
  return seconds * 1000 >= leastShare * (period.to - period.from);
}

function interval(logRatios: readonly number[]): Slowdown {
  const pairs = logRatios.length;
  if (pairs < 2) return { share: NaN, low: NaN, high: NaN, pairs };
  const middle = mean([...logRatios]);
  const error = (width95 * sampleStandardDeviation([...logRatios])) / Math.sqrt(pairs);
  const share = (log: number) => Math.exp(log) - 1;
  return { share: share(middle), low: share(middle - error), high: share(middle + error), pairs };
}

function sum(stretches: readonly Stretch[], of: Cost): number {
  return stretches.reduce((total, stretch) => total + of(stretch), 0);
}

/** CPU time of a process so far. Linux has it in hundredths of a second, whatever the kernel's own clock. */
const ticksPerSecond = 100;
/** Places among the fields after the program's name, which stands in brackets and may hold anything. */
const [userField, systemField] = [11, 12];

/** Seconds of CPU time that a process and its threads have used; of children that are gone nothing. */
export function cpuSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[userField]) + Number(fields[systemField])) / ticksPerSecond;
}

/** Seconds that a process's first thread was ready to run and had no processor. */
export function waitSeconds(pid: number): number {
  const [, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
  return Number(waited) / 1e9;
}
