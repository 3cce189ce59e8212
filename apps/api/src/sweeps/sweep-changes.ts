/** The one way by which a sweep changes: decide, store, tell the viewers, add the flows. */
import { type Logger } from 'pino';
import { type EventBus } from '../events/event-bus.ts';
import { type Queues } from '../queues/queues.ts';
import { type SweepEvent, decide, neededFlows } from './decisions.ts';
import { type SweepState, sweepViewOf } from './sweep-state.ts';
import { type SweepStore } from './sweep-store.ts';

export class SweepChanges {
  constructor(
    private readonly store: SweepStore,
    private readonly queues: Queues,
    private readonly bus: EventBus,
    private readonly logger: Logger,
  ) {}

  /**
   * Applies the event. When the process dies between storing and adding flows, the job that brought the
   * event runs again and finds nothing to change, and adds what is missing.
   * @returns the state before and after; the same object twice when the event changed nothing
   */
  async apply(sweepId: string, event: SweepEvent): Promise<{ before: SweepState; after: SweepState }> {
    const { before, outcome } = await this.store.update(sweepId, (state) =>
      decide(state, event, new Date().toISOString()),
    );
    const after = outcome.state;
    await this.queues.addEpochs(outcome.flows);
    if (after !== before) await this.announce(before, after);
    return { before, after };
  }

  /** For a sweep whose state was stored and whose flows may not have been added, or were lost with Redis's tail. */
  async addMissingFlows(sweepId: string): Promise<void> {
    await this.queues.addEpochs(neededFlows(await this.store.load(sweepId)));
  }

  /** Tells viewers what differs. */
  async announce(before: SweepState | undefined, after: SweepState): Promise<void> {
    const known = new Set(before?.trials);
    // A plan of thousands of trials would flood viewers; pending ones are announced when they start.
    const changed = after.trials.filter((trial) => !known.has(trial) && trial.state !== 'pending');
    for (const trial of changed) await this.bus.publish({ type: 'trial', trial });
    await this.bus.publish({ type: 'sweep', sweep: sweepViewOf(after) });
    if (before?.sweep.state !== after.sweep.state) {
      const { id, state, reason } = after.sweep;
      this.logger.info({ sweep: id, state, reason }, `sweep ${state}`);
    }
  }
}
