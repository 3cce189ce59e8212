/** Notifies workers that a sweep must stop now; a worker that misses it finishes its epoch, which does no harm. */
import { z } from 'zod';
import { SweepId } from './identifiers.ts';

/** Read tolerantly, since a later version may add keys. */
export const StopNotice = z.object({
  sweepId: SweepId,
  /** `paused`: the epoch is checkpointed and continues later; `cancelled`: it is discarded. */
  because: z.enum(['paused', 'cancelled']),
});
export type StopNotice = z.output<typeof StopNotice>;

/** How long a stopped worker may take to store a mid-epoch checkpoint and put its job back. */
export const giveBackSeconds = 60;
