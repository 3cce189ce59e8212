/** What an address that a sweep names is told, in the form of the Standard Webhooks specification. */
import { z } from 'zod';
import { BestEpoch, sweepStates, trialStates } from './api.ts';
import { SweepId, TrialId } from './identifiers.ts';

const timestamp = z.iso.datetime();

/** The same message may arrive more than once: its `webhook-id` header, equal to `id`, tells. */
export const WebhookMessage = z.strictObject({
  id: z.string().regex(/^msg_[0-9a-f]{32}$/),
  /** Who ended and how, as `sweep.completed` or `trial.failed`. */
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
