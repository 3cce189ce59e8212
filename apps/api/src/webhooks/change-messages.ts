/** Enqueues the webhook messages on what ended in a change of a sweep. Enqueued again they change nothing. */
import { type SweepState, webhookMessages } from '@honyaku/sweep-engine';
import { type Queues } from '../queues/queues.ts';
import { type SweepObserver } from '../sweeps/sweep-observer.ts';

export class ChangeMessages implements SweepObserver {
  constructor(private readonly queues: Queues) {}

  /** @param before all that has ended is reported where there is none */
  async onChange(before: SweepState | undefined, after: SweepState): Promise<void> {
    const { webhook } = after.sweep.spec;
    if (webhook === undefined) return;
    const messages = webhookMessages(before, after);
    if (messages.length > 0) await this.queues.addWebhooks(webhook, messages);
  }
}
