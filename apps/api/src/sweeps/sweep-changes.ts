/**
 * The only way in which a sweep changes: decide, append to the log, write the read model, notify the observers, add the
 * flows. If the process dies in between, the rest follows from the log.
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

/** Changes of more trials are sent to Redis in slices, so commands of other changes may come in between. */
const maxTrialsUnsliced = 100;

export interface Change {
  /** The same object twice when the event changed nothing. */
  readonly before: SweepState;
  readonly after: SweepState;
}

type Check = CheckedEvent['check'];
const accept: Check = () => undefined;

/** A change that is in the log. */
export interface RecordedChange extends Change {
  /** Settles when the read model is written, the observers are notified and the flows are added. */
  readonly published: Promise<void>;
}

interface Batch {
  readonly appended: Promise<Appended>;
  readonly published: Promise<Change>;
}

interface Waiting extends CheckedEvent {
  readonly done: (batch: Batch) => void;
}

/** A batch of events after their entry was appended to the log. */
interface Appended {
  /** In milliseconds of `performance.now()`. */
  readonly started: number;
  readonly before: LoggedSweep;
  readonly after: LoggedSweep;
  /** Errors of the events that could not be decided on; the entry has only the others. */
  readonly failed: ReadonlyMap<SweepEvent, unknown>;
}

export class SweepChanges {
  /** Events of each sweep that wait for the current change; they share the next entry. */
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
   * Applies the event. Applying it again changes nothing, but adds missing flows.
   * @param check throws to refuse the event in the state in which it is decided on
   * @throws NotFound; what the check throws
   */
  async apply(sweepId: string, event: SweepEvent, check: Check = accept): Promise<Change> {
    const { before, after, published } = await this.record(sweepId, event, check);
    await published;
    return { before, after };
  }

  /** The same for callers to which a change counts once it is in the log; they wait for `published` themselves. */
  async record(sweepId: string, event: SweepEvent, check: Check = accept): Promise<RecordedChange> {
    const { state } = await this.cache.of(sweepId);
    for (const observer of this.observers) await observer.beforeEvent?.(event, state);
    const batch = await this.enqueued(sweepId, event, check);
    const { before, after, failed } = await batch.appended;
    if (failed.has(event)) throw failed.get(event);
    const published = this.finish(event, batch.published);
    // The caller may wait for something else first.
    published.catch(() => undefined);
    return { before: before.state, after: after.state, published };
  }

  /** Notifies the observers of a new sweep. */
  async announce(state: SweepState): Promise<void> {
    for (const observer of this.observers) await observer.onChange?.(undefined, state);
  }

  private async finish(event: SweepEvent, published: Promise<Change>): Promise<void> {
    const { after } = await published;
    for (const observer of this.observers) await observer.afterEvent?.(event, after);
  }

  private enqueued(sweepId: string, event: SweepEvent, check: Check): Promise<Batch> {
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
      const appended = this.appendBatch(sweepId, batch);
      const published = this.publish(appended, batch.length);
      // Nobody waits for it when nothing was appended.
      published.catch(() => undefined);
      for (const { done } of batch) done({ appended, published });
      // The next change is appended while this one is published: Redis keeps the order of commands, except those of a
      // large change, which is sent in slices.
      const large = await appended.then(isLarge, () => false);
      if (large) await published.catch(() => undefined);
    }
  }

  private async appendBatch(sweepId: string, events: readonly CheckedEvent[]): Promise<Appended> {
    const started = performance.now();
    const before = await this.cache.of(sweepId);
    return { started, before, ...(await this.appendEntry(sweepId, events)) };
  }

  private async publish(appended: Promise<Appended>, events: number): Promise<Change> {
    const { started, before, after } = await appended;
    // Jobs are enqueued before viewers are notified.
    await Promise.all([
      this.flows.removeSuperseded(before.state, after.state),
      this.flows.addBetween(before.state, after.state),
      after === before ? this.restoreReadModel(after) : this.notify(before, after),
    ]);
    const seconds = (performance.now() - started) / 1000;
    for (const observer of this.observers) observer.onDone?.(events, seconds);
    return { before: before.state, after: after.state };
  }

  /** Appends an entry, after those that other processes appended meanwhile; none if the events change nothing. */
  private async appendEntry(
    sweepId: string,
    events: readonly CheckedEvent[],
  ): Promise<Pick<Appended, 'after' | 'failed'>> {
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
      // An event without effect on an outdated state may have one on the newest.
      if (!entry && newest === known) return { after: known, failed };
    }
  }

  private async notify(before: LoggedSweep, after: LoggedSweep): Promise<void> {
    const steps = [
      () => this.store.write(after, before),
      ...this.observers.map((observer) => async () => observer.onChange?.(before.state, after.state)),
    ];
    if (isLarge({ before, after })) for (const step of steps) await step();
    // Commands are sent in this order, and Redis keeps it.
    else await Promise.all(steps.map((step) => step()));
  }

  /** Redis may lack the last change, if a process died before it wrote it or Redis lost it. */
  private async restoreReadModel(known: LoggedSweep): Promise<void> {
    if ((await this.store.sequence(known.state.sweep.id)) < known.sequence) await this.store.write(known);
  }
}

function isLarge({ before, after }: Pick<Appended, 'before' | 'after'>): boolean {
  return changedTrials(before.state, after.state).length > maxTrialsUnsliced;
}
