/** The process of pretending workers: its settings, and the events that it reports. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { sweepIdOf } from '@honyaku/contracts';
import { until } from '@honyaku/embedded';
import { z } from 'zod';

const firstSeconds = 60;

export class PretendWorkers {
  private readonly child: ChildProcess;
  private readonly seen: PretendEvent[] = [];
  private readonly firstOf = new Map<string, number>();

  constructor(settings: PretendSettings) {
    // Not by its arguments: they would show the password of Redis.
    this.child = fork(fileURLToPath(new URL('./pretend-workers.ts', import.meta.url)), {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, HONYAKU_PRETEND: JSON.stringify(settings) },
    });
    this.child.on('message', (message) => {
      const event = PretendEvent.parse(message);
      this.seen.push(event);
      const [, trialId, at] = event;
      if (!this.firstOf.has(sweepIdOf(trialId))) this.firstOf.set(sweepIdOf(trialId), at);
    });
  }

  /** When the first epoch of a sweep began, in milliseconds since 1970. */
  first(sweepId: string): Promise<number> {
    const wait = { what: `start of ${sweepId}`, seconds: firstSeconds, everyMilliseconds: 5 };
    return until(wait, () => this.firstOf.get(sweepId));
  }

  /**
   * Milliseconds from each end of an epoch to the start that takes its place, up to the last new trial's: from
   * then on fewer and fewer workers have work.
   */
  gaps(sweepId: string, concurrency: number): number[] {
    const own = this.seen.filter(([, trialId]) => sweepIdOf(trialId) === sweepId);
    const begun = new Set<string>();
    let lastTrialBegan = 0;
    for (const [what, trialId, at] of own) {
      if (what === 'began' && !begun.has(trialId)) lastTrialBegan = Math.max(lastTrialBegan, at);
      begun.add(trialId);
    }
    const times = (which: PretendEvent[0]) =>
      own
        .filter(([what]) => what === which)
        .map(([, , at]) => at)
        .sort((a, b) => a - b);
    const ends = times('ended');
    return times('began')
      .slice(concurrency)
      .filter((start) => start <= lastTrialBegan)
      .map((start, index) => Math.max(0, start - (ends[index] ?? start)));
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}

export const PretendSettings = z.strictObject({
  redisUrl: z.string(),
  endpoint: z.string(),
  bucket: z.string(),
  /** Ignored where the bucket is pretended too. */
  accessKey: z.string().default('pretend'),
  secretKey: z.string().default('pretend-secret'),
  workers: z.int(),
  shortestSeconds: z.number(),
  longestSeconds: z.number(),
});
export type PretendSettings = z.input<typeof PretendSettings>;

/** When an epoch of a trial began or was committed, in milliseconds since 1970. */
export const PretendEvent = z.tuple([z.enum(['began', 'ended']), z.string(), z.number()]);
export type PretendEvent = z.output<typeof PretendEvent>;
