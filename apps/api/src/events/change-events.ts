/** Publishes the differences that a change of a sweep makes as live events, and logs the sweep's new state. */
import { setImmediate as turn } from 'node:timers/promises';
import { type SweepState, changedTrials, sweepViewOf } from '@honyaku/sweep-engine';
import { type Logger } from 'pino';
import { type SweepObserver } from '../sweeps/sweep-observer.ts';
import { type EventBus } from './event-bus.ts';
import { sent } from './sent-event.ts';

/** Larger batches would block the event loop for too long. */
const eventsPerCall = 100;

export class ChangeEvents implements SweepObserver {
  constructor(
    private readonly bus: EventBus,
    private readonly logger: Logger,
  ) {}

  async onChange(before: SweepState | undefined, after: SweepState): Promise<void> {
    const events = [
      ...changedTrials(before, after).map((trial) => sent({ type: 'trial', trial })),
      sent({ type: 'sweep', sweep: sweepViewOf(after) }),
    ];
    for (let from = 0; from < events.length; from += eventsPerCall) {
      if (from > 0) await turn();
      await this.bus.publish(events.slice(from, from + eventsPerCall));
    }
    if (before?.sweep.state !== after.sweep.state) {
      const { id, state, reason } = after.sweep;
      this.logger.info({ sweep: id, state, reason }, `sweep ${state}`);
    }
  }
}
