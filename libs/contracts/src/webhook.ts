/** Webhook messages, which report the ends of trials and sweeps as the Standard Webhooks specification says. */
import { z } from 'zod';
import { BestEpoch, sweepStates, trialStates } from './api.ts';
import { SweepId, TrialId } from './identifiers.ts';

const timestamp = z.iso.datetime();

/** A message may arrive more than once; receivers recognize it by its header `webhook-id`, which equals `id`. */
export const WebhookMessage = z.strictObject({
  id: z.string().regex(/^msg_[0-9a-f]{32}$/),
  /** What ended and in which state, such as `sweep.completed` or `trial.failed`. */
  type: z.templateLiteral([
    z.enum(['sweep', 'trial']),
    '.',
    z.enum([...new Set([...sweepStates, ...trialStates])]),
  ]),
  timestamp,
  data: z.strictObject({
    sweepId: SweepId,
    trialId: TrialId.optional(),
    name: z.string(),
    reason: z.string().optional(),
    /** The epoch with the lowest held-out perplexity of the sweep, or of the trial. */
    best: BestEpoch.optional(),
  }),
});
export type WebhookMessage = z.output<typeof WebhookMessage>;
