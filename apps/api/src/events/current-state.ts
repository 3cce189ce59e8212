/**
 * The current state as the first events of a stream, in slices: with thousands of trials, reading and writing it at
 * once would block the event loop, and would buffer too much for a client that reads slowly.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type SweepRow, hasEnded, sweepViewOf } from '@honyaku/sweep-engine';
import { type SweepStore } from '../store/sweep-store.ts';
import { type UnreadableSweeps, isOfOneSweep } from '../store/unreadable-sweeps.ts';
import { type SentEvent, sent } from './sent-event.ts';

const trialsPerSlice = 100;

export class CurrentState {
  constructor(
    private readonly store: SweepStore,
    private readonly unreadable: Pick<UnreadableSweeps, 'reasonOf'>,
  ) {}

  /**
   * One sweep with all its trials, or all sweeps that have not ended with their running trials.
   * @param id of the newest event before the state was read; only the last slice carries it, so that a client that is
   *   disconnected earlier starts again
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
        // An unreadable sweep must not close the stream of the others.
        if (!isOfOneSweep(error)) throw error;
      }
    }
  }

  private async *ofSweep(
    sweep: SweepRow,
    isShown: (trialText: string) => boolean,
  ): AsyncGenerator<readonly SentEvent[]> {
    yield [stateEvent(sweep, this.unreadable.reasonOf(sweep.id))];
    const texts = await this.store.trialTexts(sweep.id);
    for (let first = 0; first < texts.length; first += trialsPerSlice) {
      const shown = texts
        .slice(first, first + trialsPerSlice)
        .map(String)
        .filter(isShown)
        .map((text): SentEvent => trialEvent(sweep.id, text));
      await turn();
      if (shown.length > 0) yield shown;
    }
  }
}

/** @param reason why the sweep cannot be read or taken further, unless it has a reason of its own */
export function stateEvent(sweep: SweepRow, reason: string | undefined): SentEvent {
  return sent({
    type: 'sweep',
    sweep: sweepViewOf({ sweep: reason === undefined ? sweep : { reason, ...sweep } }),
  });
}

/** The row is stored in wire form and sent as it is: parsing thousands of rows would take long. */
function trialEvent(sweepId: string, text: string): SentEvent {
  return { type: 'trial', sweepId, json: `{"type":"trial","trial":${text}}` };
}

/** Whether the trial of a row is running; a row has only one field `state`. */
function runs(trialText: string): boolean {
  return trialText.includes('"state":"running"');
}
