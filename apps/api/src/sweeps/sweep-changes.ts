/**
 * The one way by which a sweep changes: decide, append to the log, write the read model, notify the observers, add the
 * flows. A process that dies in between leaves a log that says what is to be shown and added.
 */
import { type SweepEvent } from '@honyaku/contracts';
import {
  type CheckedEvent,
  type LoggedSweep,
  type SweepState,
  changedTrials,
  endsBetween,
  nextEntry,
  sizeOfBatch,
} from '@honyaku/sweep-engine';
import { Slices } from '../event-loop/slices.ts';
import { type SweepCache } from '../store/sweep-cache.ts';
import { type SweepLog } from '../store/sweep-log.ts';
import { type SweepStore } from '../store/sweep-store.ts';
import { type EpochFlows } from './epoch-flows.ts';
import { type SweepObserver } from './sweep-observer.ts';

/** A change of more trials is sent in slices, by which the order of calls is lost. */
const smallChange = 100;

export interface Change {
  /** The same object twice when the event changed nothing. */
  readonly before: SweepState;
  readonly after: SweepState;
}

type Check = CheckedEvent['check'];
const allowed: Check = () => undefined;

interface Waiting extends CheckedEvent {
  readonly done: (change: Promise<Change>) => void;
}

/** What the log has. */
interface Settled {
  /** In milliseconds of `performance.now()`. */
  readonly started: number;
  readonly before: LoggedSweep;
  readonly after: LoggedSweep;
  /** Why nothing could be decided on an event; the others of its batch are in the log without it. */
  readonly failed: ReadonlyMap<SweepEvent, unknown>;
}

export class SweepChanges {
  /** Events of each sweep that wait for the change under way; they go into the next entry together. */
  private readonly waiting = new Map<string, Waiting[]>();

  /** @param observers in the order in which they are notified */
  constructor(
    private readonly log: SweepLog,
    private readonly cache: SweepCache,
    private readonly store: SweepStore,
    private readonly flows: EpochFlows,
    private readonly observers: readonly SweepObserver[],
  ) {}

  /**
   * Applies the event; given again, it changes nothing and adds the flows that are missing.
   * @param check refuses the event in the very state that it comes to
   * @throws NotFound; what the check throws
   */
  async apply(sweepId: string, event: SweepEvent, check: Check = allowed): Promise<Change> {
    const { state } = await this.cache.of(sweepId);
    for (const observer of this.observers) await observer.beforeEvent?.(event, state);
    const change = await this.enqueued(sweepId, event, check);
    for (const observer of this.observers) await observer.afterEvent?.(event, change.after);
    return change;
  }

  /** Notifies the observers of a sweep that was just submitted. */
  async announce(state: SweepState): Promise<void> {
    for (const observer of this.observers) await observer.onChange?.(undefined, state);
  }

  private enqueued(sweepId: string, event: SweepEvent, check: Check): Promise<Change> {
    return new Promise((resolve) => {
      const waiting = this.waiting.get(sweepId);
      const mine = { event, check, done: resolve };
      if (waiting) {
        waiting.push(mine);
        return;
      }
      this.waiting.set(sweepId, [mine]);
      void this.drain(sweepId);
    });
  }

  private async drain(sweepId: string): Promise<void> {
    for (;;) {
      const waiting = this.waiting.get(sweepId) ?? [];
      const batch = waiting.splice(0, sizeOfBatch(waiting.map(({ event }) => event)));
      if (batch.length === 0) {
        this.waiting.delete(sweepId);
        return;
      }
      const settled = this.settle(sweepId, batch);
      const published = this.publish(settled, batch.length);
      for (const { event, done } of batch) done(changeBy(event, settled, published));
      // It is published while the next change is settled: Redis keeps the order of what it is sent, but for what is
      // so large that it is sent in slices.
      const large = await settled.then(isLarge, () => false);
      if (large) await published.catch(() => undefined);
    }
  }

  private async settle(sweepId: string, events: readonly CheckedEvent[]): Promise<Settled> {
    const started = performance.now();
    const before = await this.cache.of(sweepId);
    return { started, before, ...(await this.appended(sweepId, events)) };
  }

  private async publish(settled: Promise<Settled>, events: number): Promise<Change> {
    const { started, before, after } = await settled;
    // Jobs are enqueued before viewers are notified.
    await Promise.all([
      this.flows.addBetween(before.state, after.state),
      after === before ? this.showAgain(after) : this.notify(before, after),
    ]);
    const seconds = (performance.now() - started) / 1000;
    for (const observer of this.observers) observer.onDone?.(events, seconds);
    return { before: before.state, after: after.state };
  }

  /** Appends an entry of what changes anything, after those that others appended meanwhile. */
  private async appended(
    sweepId: string,
    events: readonly CheckedEvent[],
  ): Promise<Pick<Settled, 'after' | 'failed'>> {
    const slices = new Slices();
    for (;;) {
      const known = await this.cache.of(sweepId);
      const { entry, state, failed } = await nextEntry(known, events, new Date().toISOString(), () =>
        slices.step(),
      );
      if (endsBetween(known.state, state))
        for (const observer of this.observers) await observer.beforeEnd?.(state);
      if (entry && (await this.log.append(entry)) === 'created') {
        for (const observer of this.observers) observer.onEntry?.(entry);
        const next = { sequence: entry.sequence, state };
        this.cache.keep(next);
        return { after: next, failed };
      }
      const newest = await this.cache.newest(sweepId);
      // What changes nothing in an old state may change the newest.
      if (!entry && newest === known) return { after: known, failed };
    }
  }

  private async notify(before: LoggedSweep, after: LoggedSweep): Promise<void> {
    const parts = [
      () => this.store.write(after, before),
      ...this.observers.map((observer) => async () => observer.onChange?.(before.state, after.state)),
    ];
    if (isLarge({ before, after })) for (const part of parts) await part();
    // Sent in this order, and Redis keeps it.
    else await Promise.all(parts.map((part) => part()));
  }

  /** Without a change Redis may still lack the last one, which a process died of or Redis lost. */
  private async showAgain(known: LoggedSweep): Promise<void> {
    if ((await this.store.sequence(known.state.sweep.id)) < known.sequence) await this.store.write(known);
  }
}

/** What became of one event of a batch. */
async function changeBy(
  event: SweepEvent,
  settled: Promise<Settled>,
  published: Promise<Change>,
): Promise<Change> {
  const change = await published;
  const { failed } = await settled;
  if (failed.has(event)) throw failed.get(event);
  return change;
}

function isLarge({ before, after }: Pick<Settled, 'before' | 'after'>): boolean {
  return changedTrials(before.state, after.state).length > smallChange;
}
