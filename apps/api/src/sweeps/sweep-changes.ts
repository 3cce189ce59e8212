/**
 * The one way by which a sweep changes: decide, append to the log, show in Redis, tell the viewers, add the
 * flows. Whoever dies in between leaves a log that says what is to be shown and added.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type SweepEvent, TrialRecord, toJson } from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import {
  type CheckedEvent,
  type EpochFlow,
  type LoggedSweep,
  type SweepState,
  changedTrials,
  endsBetween,
  neededFlows,
  nextEntry,
  sizeOfBatch,
  sweepViewOf,
  trialRecordOf,
  webhookMessages,
} from '@honyaku/sweep-engine';
import pMap from 'p-map';
import { type Logger } from 'pino';
import { type EventBus } from '../events/event-bus.ts';
import { sent } from '../events/sent-event.ts';
import { type Metrics } from '../metrics/metrics.ts';
import { type Queues } from '../queues/queues.ts';
import { Slices } from '../event-loop/slices.ts';
import { type BestBundles } from '../best/best-bundles.ts';
import { type SweepCache } from '../store/sweep-cache.ts';
import { type SweepLog } from '../store/sweep-log.ts';
import { type SweepStore } from '../store/sweep-store.ts';

const writesAtOnce = 32;
/** A change of more trials is told in slices. */
const trialsInACall = 100;

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

  constructor(
    private readonly objects: ObjectStore,
    private readonly log: SweepLog,
    private readonly states: SweepCache,
    private readonly store: SweepStore,
    private readonly queues: Queues,
    private readonly bundles: BestBundles,
    private readonly bus: EventBus,
    private readonly logger: Logger,
    private readonly metrics: Pick<Metrics, 'observeDecisionTime' | 'observeDecisions'>,
  ) {}

  /**
   * Applies the event; given again, it changes nothing and adds the flows that are missing.
   * @param check refuses the event in the very state that it comes to
   * @throws NotFound; what the check throws
   */
  apply(sweepId: string, event: SweepEvent, check: Check = allowed): Promise<Change> {
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

  /** For a sweep whose log is ahead of Redis, or whose flows were lost with Redis's tail. */
  async addMissingFlows(sweepId: string): Promise<void> {
    const { state } = await this.states.of(sweepId);
    await this.addFlows(state, await this.queues.missing(neededFlows(state)));
  }

  /** Of what ended since `before`, or at all; what is told already is not told again. */
  async addWebhooks(after: SweepState, before?: SweepState): Promise<void> {
    const { webhook } = after.sweep.spec;
    if (webhook !== undefined) await this.queues.addWebhooks(webhook, webhookMessages(before, after));
  }

  /** Tells viewers what differs. */
  async announce(before: SweepState | undefined, after: SweepState): Promise<void> {
    const events = [
      ...changedTrials(before, after).map((trial) => sent({ type: 'trial', trial })),
      sent({ type: 'sweep', sweep: sweepViewOf(after) }),
    ];
    for (let from = 0; from < events.length; from += trialsInACall) {
      if (from > 0) await turn();
      await this.bus.publish(events.slice(from, from + trialsInACall));
    }
    if (before?.sweep.state !== after.sweep.state) {
      const { id, state, reason } = after.sweep;
      this.logger.info({ sweep: id, state, reason }, `sweep ${state}`);
    }
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
    const before = await this.states.of(sweepId);
    return { started, before, ...(await this.appended(sweepId, events)) };
  }

  private async publish(settled: Promise<Settled>, events: number): Promise<Change> {
    const { started, before, after } = await settled;
    // Jobs are enqueued before viewers are notified.
    await Promise.all([this.addFlowsBetween(before, after), this.tell(before, after)]);
    const { sweep } = after.state;
    if (endsBetween(before.state, after.state)) await this.queues.addCollect(sweep.id);
    const seconds = (performance.now() - started) / 1000;
    for (let event = 0; event < events; event += 1) this.metrics.observeDecisionTime(seconds / events);
    return { before: before.state, after: after.state };
  }

  /** Appends an entry of what changes anything, after those that others appended meanwhile. */
  private async appended(
    sweepId: string,
    events: readonly CheckedEvent[],
  ): Promise<Pick<Settled, 'after' | 'failed'>> {
    const slices = new Slices();
    for (;;) {
      const known = await this.states.of(sweepId);
      const { entry, state, failed } = await nextEntry(known, events, new Date().toISOString(), () =>
        slices.step(),
      );
      // Who sees the sweep ended finds its best checkpoint in place.
      if (endsBetween(known.state, state)) await this.bundles.bringUpToDateIfReadable(state.sweep);
      if (entry && (await this.log.append(entry)) === 'created') {
        this.metrics.observeDecisions(entry.decisions);
        const next = { sequence: entry.sequence, state };
        this.states.keep(next);
        return { after: next, failed };
      }
      const newest = await this.states.newest(sweepId);
      // What changes nothing in an old state may change the newest.
      if (!entry && newest === known) return { after: known, failed };
    }
  }

  private async tell(before: LoggedSweep, after: LoggedSweep): Promise<void> {
    if (after === before) return this.show(before, after);
    if (isLarge({ before, after })) {
      await this.show(before, after);
      await this.announce(before.state, after.state);
      return this.addWebhooks(after.state, before.state);
    }
    // Sent in this order, and Redis keeps it.
    await Promise.all([
      this.show(before, after),
      this.announce(before.state, after.state),
      this.addWebhooks(after.state, before.state),
    ]);
  }

  private async show(before: LoggedSweep, after: LoggedSweep): Promise<void> {
    if (after !== before) await this.store.write(after, before);
    // Without a change Redis may still lack the last one, which a process died of or Redis lost.
    else if ((await this.store.sequence(after.state.sweep.id)) < after.sequence)
      await this.store.write(after);
  }

  private async addFlowsBetween(before: LoggedSweep, after: LoggedSweep): Promise<void> {
    // A sweep that is resumed needs the flows of all its running trials, which did not change themselves.
    if (after.state.sweep.state !== before.state.sweep.state || after === before)
      return this.addFlows(after.state, await this.queues.missing(neededFlows(after.state)));
    return this.addFlows(after.state, neededFlows(after.state, changedTrials(before.state, after.state)));
  }

  private async addFlows(state: SweepState, flows: readonly EpochFlow[]): Promise<void> {
    const [priorities] = await Promise.all([
      this.queues.priorities(flows, state.sweep.spec),
      this.storePlans(state, flows),
    ]);
    await this.queues.addEpochs(flows, priorities);
  }

  /** The whole plan of a trial is stored before its first job. */
  private async storePlans({ sweep }: SweepState, flows: readonly EpochFlow[]): Promise<void> {
    await pMap(
      flows.filter(({ epoch }) => epoch === 1),
      (flow) => {
        const record = toJson(TrialRecord, trialRecordOf(flow, sweep.createdAt));
        return this.objects.putIfAbsent(keys.trialRecord(flow.trialId), record);
      },
      { concurrency: writesAtOnce },
    );
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
  return changedTrials(before.state, after.state).length > trialsInACall;
}
