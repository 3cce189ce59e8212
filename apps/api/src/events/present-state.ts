/**
 * The present state as the events with which a stream begins, in slices: with thousands of trials it takes longer
 * to read and to write than the event loop may wait, and more memory than a client that reads slowly may hold.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type SweepRow, hasEnded, sweepViewOf } from '@honyaku/sweep-engine';
import { type SweepStore } from '../store/sweep-store.ts';
import { isOfOneSweep } from '../store/unreadable-sweeps.ts';
import { type SentEvent, sent } from './sent-event.ts';

const trialsInASlice = 100;

export class PresentState {
  constructor(private readonly store: SweepStore) {}

  /**
   * One sweep with all its trials, or all sweeps that have not ended with the trials that run.
   * @param id of the newest event before; the last slice carries it, so that who is cut off before begins anew
   */
  async *events(sweepId: string | undefined, id: number): AsyncGenerator<readonly SentEvent[]> {
    let before: readonly SentEvent[] | undefined;
    for await (const slice of this.slices(sweepId)) {
      if (before) yield before;
      before = slice;
    }
    if (before) yield before.map((event, at) => (at === before.length - 1 ? { ...event, id } : event));
  }

  private async *slices(sweepId: string | undefined): AsyncGenerator<readonly SentEvent[]> {
    if (sweepId !== undefined) {
      yield* this.ofSweep(await this.store.row(sweepId), () => true);
      return;
    }
    for await (const { row } of this.store.rows()) {
      if (!row || hasEnded(row.state)) continue;
      try {
        yield* this.ofSweep(row, runs);
      } catch (error) {
        // One that cannot be read must not close the stream of the others.
        if (!isOfOneSweep(error)) throw error;
      }
    }
  }

  private async *ofSweep(
    sweep: SweepRow,
    isShown: (trialText: string) => boolean,
  ): AsyncGenerator<readonly SentEvent[]> {
    yield [sent({ type: 'sweep', sweep: sweepViewOf({ sweep }) })];
    const texts = await this.store.trialTexts(sweep.id);
    for (let first = 0; first < texts.length; first += trialsInASlice) {
      const shown = texts
        .slice(first, first + trialsInASlice)
        .map(String)
        .filter(isShown)
        .map((text): SentEvent => trialEvent(sweep.id, text));
      await turn();
      if (shown.length > 0) yield shown;
    }
  }
}

/** The row is stored as it goes out: reading thousands of them would take long. */
function trialEvent(sweepId: string, text: string): SentEvent {
  return { type: 'trial', sweepId, json: `{"type":"trial","trial":${text}}` };
}

/** A trial's row has one field of this name. */
function runs(trialText: string): boolean {
  return trialText.includes('"state":"running"');
}
