import { z } from 'zod';

/** `<first 30 characters of the name>-<16 hexadecimal digits>`, e.g. `tatoeba-4f9a1c0b72d3e865`; earlier ids end in six digits. */
export const SweepId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,56}$/, 'not a sweep id');
export type SweepId = z.output<typeof SweepId>;

/** `<sweep>-<four-digit number>`, e.g. `tatoeba-4f9a1c0b72d3e865-0003`; trials are numbered from 1. */
export const TrialId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,56}-[0-9]{4,}$/, 'not a trial id');
export type TrialId = z.output<typeof TrialId>;

export function trialIdOf(sweepId: SweepId, number: number): TrialId {
  return `${sweepId}-${String(number).padStart(4, '0')}`;
}
/**
 * Whether version 0.1.0 created the sweep, which the six digits of its id show. Its decisions follow that version's
 * rules to its end, because its log must replay and processes of both versions may work on it.
 */
export function isOfFirstVersion(sweepId: SweepId): boolean {
  return /-[0-9a-f]{6}$/.test(sweepId);
}

export function sweepIdOf(trialId: TrialId): SweepId {
  return trialId.slice(0, trialId.lastIndexOf('-'));
}
export function trialNumberOf(trialId: TrialId): number {
  return Number(trialId.slice(trialId.lastIndexOf('-') + 1));
}

/** The number of an epoch in a path. */
export const EpochNumber = z
  .string()
  .regex(/^[1-9][0-9]{0,8}$/, 'must be a whole number from 1')
  .transform(Number)
  .meta({ type: 'integer', minimum: 1, maximum: 999_999_999, pattern: undefined });
