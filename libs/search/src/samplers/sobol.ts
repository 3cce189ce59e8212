/**
 * A Sobol sequence: points that fill the space more evenly than random ones (Sobol 1967), in the order of
 * Antonov and Saleev 1979, with a digital shift by the seed, so that another seed gives other points.
 */
import { type ParameterRange } from '@honyaku/contracts';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { generatorFor } from './generator-for.ts';
import { type Suggestion, type Value } from './search-plan.ts';
import { atShare, atStep, lastStep } from './range-values.ts';
import { directions } from './sobol-directions.ts';
import { type Space, inOrder, isActive } from './space.ts';

const bits = 30;

/** The most ranges that a space may have. */
export const mostSobolDimensions = directions.length + 1;

/** Point `index` (from 0) of the sequence. Each range has a dimension, also where it is not active. */
export function suggestFromSobol(
  { space, seed }: { readonly space: Space; readonly seed: number },
  index: number,
): Suggestion {
  const suggestion: Suggestion = {};
  let dimension = 0;
  for (const [name, range] of inOrder(space)) {
    if (typeof range !== 'object') {
      suggestion[name] = range;
      continue;
    }
    const shift = uniformInt(generatorFor(`sobol/${seed}/${name}`), 0, 2 ** bits - 1);
    const share = (sobolPoint(index, dimension) ^ shift) / 2 ** bits;
    dimension += 1;
    if (isActive(range, suggestion)) suggestion[name] = valueAt(range, share);
  }
  return suggestion;
}

/** Coordinate `dimension` (from 0) of point `index`, without shift, in units of 2⁻³⁰. */
export function sobolPoint(index: number, dimension: number): number {
  let gray = index ^ (index >>> 1);
  let point = 0;
  for (const direction of directionNumbers(dimension)) {
    if (gray & 1) point ^= direction;
    gray >>>= 1;
    if (gray === 0) break;
  }
  return point;
}

/** vₖ = mₖ · 2³⁰⁻ᵏ by the recurrence of Bratley and Fox 1988, section 2. */
function directionNumbers(dimension: number): number[] {
  const row = directions[dimension - 1];
  if (!row) return Array.from({ length: bits }, (_, k) => 2 ** (bits - 1 - k));
  const [degree, coefficients, initial] = row;
  const m = [...initial];
  for (let k = degree; k < bits; k += 1) {
    const earlier = m[k - degree] ?? 0;
    let next = earlier ^ (earlier << degree);
    for (let j = 1; j < degree; j += 1)
      if ((coefficients >> (degree - 1 - j)) & 1) next ^= (m[k - j] ?? 0) << j;
    m.push(next);
  }
  return m.map((each, k) => each * 2 ** (bits - 1 - k));
}

/** The value at a share of the range, from 0 up to but without 1. */
function valueAt(range: ParameterRange, share: number): Value {
  if (range.type === 'choice') return range.values[Math.floor(share * range.values.length)] ?? 0;
  const { low, high, log, step } = range;
  if (log || step === undefined) return atShare(range, share);
  const steps = { low, high, step };
  return atStep(steps, Math.floor(share * (lastStep(steps) + 1)));
}
