/** What values a range has, by step or by share. */
import { type ParameterRange } from '@honyaku/contracts';

type NumberRange = Exclude<ParameterRange, { type: 'choice' }>;
interface Steps {
  readonly low: number;
  readonly high: number;
  readonly step: number;
}

/** Takes away the noise of binary fractions: 0.30000000000000004 becomes 0.3. */
export function roundToStep(value: number): number {
  return Number(value.toPrecision(12));
}

/** A draw among more whole numbers than a number can tell apart never ends; the steps above are not drawn. */
const mostSteps = Number.MAX_SAFE_INTEGER - 1;

/** The number of the last step; low is step 0. */
export function lastStep({ low, high, step }: Steps): number {
  // A part in a billion of a step, so that 0.1 + 2 × 0.1 still counts as 0.3.
  return Math.min(mostSteps, Math.floor((high - low) / step + 1e-9));
}

/** The value of a step. */
export function atStep({ low, step }: Pick<Steps, 'low' | 'step'>, number: number): number {
  return roundToStep(low + number * step);
}

/** The value at a share (0 to 1) of a range without steps, by its logarithm where it is logarithmic. */
export function atShare({ type, low, high, log }: NumberRange, share: number): number {
  if (!log) return between(low, high, share);
  const half = type === 'int' ? 0.5 : 0;
  const value = Math.exp(between(Math.log(low - half), Math.log(high + half), share));
  return Math.min(high, Math.max(low, type === 'int' ? Math.floor(value + 0.5) : value));
}

function between(low: number, high: number, share: number): number {
  return low + (high - low) * share;
}
