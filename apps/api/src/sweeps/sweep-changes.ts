/**
 * The one way by which a sweep changes: decide, append to the log, show in Redis, tell the viewers, add the
 * flows. Whoever dies in between leaves a log that says what is to be shown and added.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type Decision, type SweepEvent, type SweepLogEntry, TrialRecord, toJson } from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import pMap from 'p-map';
import { type Logger } from 'pino';
import { type EventBus } from '../events/event-bus.ts';
import { sent } from '../events/sent-event.ts';
import { type Metrics } from '../metrics/metrics.ts';
import { type Queues } from '../queues/queues.ts';
import { Slices } from '../slices.ts';
import { type BestBundles } from './best-bundles.ts';
import { search } from './chooser.ts';
import { type EpochFlow, decideInSlices, neededFlows } from './decisions.ts';
import { hasEnded } from './end-states.ts';
import { type Known, type KnownStates } from './known-state.ts';
import { type SweepLog } from './sweep-log.ts';
import { type SweepState, changedTrials, sweepViewOf } from './sweep-state.ts';
import { webhookMessages } from '../webhooks/messages.ts';
import { type SweepStore } from './sweep-store.ts';

const writesAtOnce = 32;
/** A change of more trials is told in slices. */
const trialsInACall = 100;
/** Of a log entry, in events and in the trials and results that they bring. */
const heaviestBatch = 1_000;

export interface Change {
  /** The same object twice when the event changed nothing. */
  readonly before: SweepState;
  readonly after: SweepState;
}

/** Throws where an event is not allowed. */
type Check = (state: SweepState) => void;
const allowed: Check = () => undefined;

interface Asked {
  readonly event: SweepEvent;
  readonly check: Check;
}

interface Waiting extends Asked {
  readonly done: (change: Promise<Change>) => void;
}

/** What the log has. */
interface Settled {
  /** In milliseconds of `performance.now()`. */
  readonly started: number;
  readonly before: Known;
  readonly after: Known;
  /** Why nothing could be decided on an event; the others of its batch are in the log without it. */
  readonly failed: ReadonlyMap<SweepEvent, unknown>;
}

export class SweepChanges {
  /** Events of each sweep that wait for the change under way; they go into the next entry together. */
  private readonly waiting = new Map<string, Waiting[]>();

  constructor(
    private readonly objects: ObjectStore,
    private readonly log: SweepLog,
    private readonly states: KnownStates,
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

  private async settle(sweepId: string, events: readonly Asked[]): Promise<Settled> {
    const started = performance.now();
    const before = await this.states.of(sweepId);
    return { started, before, ...(await this.appended(sweepId, events)) };
  }

  private async publish(settled: Promise<Settled>, events: number): Promise<Change> {
    const { started, before, after } = await settled;
    // Those who work come first, those who look second.
    await Promise.all([this.addFlowsBetween(before, after), this.tell(before, after)]);
    const { sweep } = after.state;
    if (ends(before.state, after.state)) await this.queues.addCollect(sweep.id);
    const seconds = (performance.now() - started) / 1000;
    for (let event = 0; event < events; event += 1) this.metrics.observeDecisionTime(seconds / events);
    return { before: before.state, after: after.state };
  }

  /** Appends an entry of what changes anything, after those that others appended meanwhile. */
  private async appended(
    sweepId: string,
    events: readonly Asked[],
  ): Promise<Pick<Settled, 'after' | 'failed'>> {
    for (;;) {
      const known = await this.states.of(sweepId);
      const { entry, state, failed } = await entryOf(known, events, new Date().toISOString());
      // Who sees the sweep ended finds its best checkpoint in place.
      if (ends(known.state, state)) await this.bundles.bringUpToDateIfReadable(state.sweep);
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

  private async tell(before: Known, after: Known): Promise<void> {
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

  private async show(before: Known, after: Known): Promise<void> {
    if (after !== before) await this.store.write(after, before);
    // Without a change Redis may still lack the last one, which a process died of or Redis lost.
    else if ((await this.store.sequence(after.state.sweep.id)) < after.sequence)
      await this.store.write(after);
  }

  private async addFlowsBetween(before: Known, after: Known): Promise<void> {
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
      ({ sweepId, trialId, config }) => {
        const record = { id: trialId, sweepId, config, createdAt: sweep.createdAt };
        return this.objects.putIfAbsent(keys.trialRecord(trialId), toJson(TrialRecord, record));
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

/** Whether the sweep has ended between the two. */
function ends(before: SweepState, after: SweepState): boolean {
  return !hasEnded(before.sweep.state) && hasEnded(after.sweep.state);
}

function isLarge({ before, after }: Pick<Settled, 'before' | 'after'>): boolean {
  return changedTrials(before.state, after.state).length > trialsInACall;
}

/** How many of the events that wait go into one entry: as many as are small together, or one. */
export function sizeOfBatch(events: readonly SweepEvent[]): number {
  let weight = 0;
  const first = events.findIndex((event) => (weight += weightOf(event)) > heaviestBatch);
  return first === -1 ? events.length : Math.max(1, first);
}

function weightOf(event: SweepEvent): number {
  return (
    1 +
    ('trials' in event ? event.trials.length : 0) +
    ('earlier' in event ? (event.earlier?.length ?? 0) : 0)
  );
}

/** The entry that takes `known` further, with the state after it; none when no event changes anything. */
async function entryOf(
  known: Known,
  events: readonly Asked[],
  at: string,
): Promise<{ entry?: SweepLogEntry; state: SweepState; failed: ReadonlyMap<SweepEvent, unknown> }> {
  let { state } = known;
  const slices = new Slices();
  const failed = new Map<SweepEvent, unknown>();
  const that: SweepEvent[] = [];
  const decisions: Decision[] = [];
  for (const { event, check } of events) {
    try {
      check(state);
      const outcome = await decideInSlices(state, event, at, search, slices);
      if (outcome.state === state) continue;
      state = outcome.state;
      that.push(event);
      decisions.push(...outcome.decisions);
    } catch (error) {
      failed.set(event, error);
    }
  }
  if (that.length === 0) return { state, failed };
  return {
    state,
    failed,
    entry: { sweepId: state.sweep.id, sequence: known.sequence + 1, at, events: that, decisions },
  };
}
