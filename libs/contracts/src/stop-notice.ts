/** Tells workers at once that a sweep is to stop; who misses it finishes its epoch, which does no harm. */
import { z } from 'zod';
import { SweepId } from './identifiers.ts';

/** Read tolerantly: a later version may say more. */
export const StopNotice = z.object({
  sweepId: SweepId,
  /** `paused`: the epoch is kept at its step and goes on later; `cancelled`: it is given up. */
  because: z.enum(['paused', 'cancelled']),
});
export type StopNotice = z.output<typeof StopNotice>;

/** How long a worker that is stopped may take to give its job back with a checkpoint of the step that it is at. */
export const giveBackSeconds = 60;
