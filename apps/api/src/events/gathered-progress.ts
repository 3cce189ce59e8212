/**
 * Batches progress reports, so that a stream gets those of a sweep in one write: with many workers, writing each of
 * them to many streams would otherwise be most of the API's work.
 */
import { type TrainProgress, sweepIdOf } from '@honyaku/contracts';
import { type SentEvent, sent } from './sent-event.ts';

const waitMilliseconds = 500;

export class GatheredProgress {
  /** The newest report of each trial, by sweep. */
  private readonly waiting = new Map<string, Map<string, TrainProgress>>();
  private timer: NodeJS.Timeout | undefined;

  /** @param deliver called with events of one sweep */
  constructor(private readonly deliver: (events: readonly SentEvent[]) => void) {}

  add(progress: TrainProgress): void {
    const sweepId = sweepIdOf(progress.trialId);
    const ofSweep = this.waiting.get(sweepId) ?? new Map<string, TrainProgress>();
    this.waiting.set(sweepId, ofSweep.set(progress.trialId, progress));
    this.timer ??= setTimeout(() => this.flushAll(), waitMilliseconds);
  }

  /** Delivers the waiting reports of a sweep now. */
  flush(sweepId: string): void {
    const ofSweep = this.waiting.get(sweepId);
    if (!ofSweep) return;
    this.waiting.delete(sweepId);
    this.deliver([...ofSweep.values()].map((progress) => sent({ type: 'progress', progress })));
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private flushAll(): void {
    this.timer = undefined;
    for (const sweepId of [...this.waiting.keys()]) this.flush(sweepId);
  }
}
