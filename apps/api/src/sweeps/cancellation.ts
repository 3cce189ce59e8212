/**
 * Cancels a sweep: what waits is removed from the queue at once. An epoch that a worker is at runs to
 * its end, and its advance job then finds the sweep cancelled and records nothing more in it.
 */
import { type SweepView, advanceJob, messageOf } from '@honyaku/contracts';
import { type Logger } from 'pino';
import { type Queues } from '../queues/queues.ts';
import { neededFlows } from './decisions.ts';
import { type SweepChanges } from './sweep-changes.ts';
import { sweepViewOf } from './sweep-state.ts';

export class Cancellation {
  constructor(
    private readonly queues: Queues,
    private readonly changes: SweepChanges,
    private readonly logger: Logger,
  ) {}

  /** A sweep that has ended stays as it is. @throws NotFound */
  async cancel(sweepId: string): Promise<SweepView> {
    const { before, after } = await this.changes.apply(sweepId, { type: 'cancelled' });
    if (after !== before)
      for (const flow of neededFlows(before)) await this.removeWaiting(advanceJob.id(flow));
    return sweepViewOf(after);
  }

  /** Removes a flow whole or, when a worker holds one of its jobs, not at all: half a flow would go on wrongly. */
  private async removeWaiting(advanceId: string): Promise<void> {
    const job = await this.queues.job('control', advanceId);
    try {
      await job?.remove({ removeChildren: true });
    } catch (error) {
      this.logger.info(
        { job: advanceId, reason: messageOf(error) },
        'a running epoch of a cancelled sweep ends by itself',
      );
    }
  }
}
