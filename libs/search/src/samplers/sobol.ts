/**
 * A Sobol sequence: points that fill the space more evenly than random ones (Sobol 1967), in the order of
 * Antonov and Saleev 1979, with a digital shift by the seed, so that another seed gives other points.
 */
import { type ParameterRange } from '@honyaku/contracts';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { generatorFor } from './random.ts';
import {
  type Suggestion,
  type Value,
  atShare,
  atStep,
  lastStep,
  type Space,
  inOrder,
  isActive,
} from './space.ts';

/**
 * Degree, coefficients and initial direction numbers of each dimension from the second on: Joe and Kuo 2008,
 * "Constructing Sobol sequences with better two-dimensional projections", file new-joe-kuo-6.21201.
 */
const directions: readonly (readonly [degree: number, coefficients: number, initial: readonly number[]])[] = [
  [1, 0, [1]],
  [2, 1, [1, 3]],
  [3, 1, [1, 3, 1]],
  [3, 2, [1, 1, 1]],
  [4, 1, [1, 1, 3, 3]],
  [4, 4, [1, 3, 5, 13]],
  [5, 2, [1, 1, 5, 5, 17]],
  [5, 4, [1, 1, 5, 5, 5]],
  [5, 7, [1, 1, 7, 11, 19]],
  [5, 11, [1, 1, 5, 1, 1]],
  [5, 13, [1, 1, 1, 3, 11]],
  [5, 14, [1, 3, 5, 5, 31]],
  [6, 1, [1, 3, 3, 9, 7, 49]],
  [6, 13, [1, 1, 1, 15, 21, 21]],
  [6, 16, [1, 3, 1, 13, 27, 49]],
  [6, 19, [1, 1, 1, 15, 7, 5]],
  [6, 22, [1, 3, 1, 15, 13, 25]],
  [6, 25, [1, 1, 5, 5, 19, 61]],
  [7, 1, [1, 3, 7, 11, 23, 15, 103]],
  [7, 4, [1, 3, 7, 13, 13, 15, 69]],
  [7, 7, [1, 1, 3, 13, 7, 35, 63]],
  [7, 8, [1, 3, 5, 9, 1, 25, 53]],
  [7, 14, [1, 3, 1, 13, 9, 35, 107]],
  [7, 19, [1, 3, 1, 5, 27, 61, 31]],
  [7, 21, [1, 1, 5, 11, 19, 41, 61]],
  [7, 28, [1, 3, 5, 3, 3, 13, 69]],
  [7, 31, [1, 1, 7, 13, 1, 19, 1]],
  [7, 32, [1, 3, 7, 5, 13, 19, 59]],
  [7, 37, [1, 1, 3, 9, 25, 29, 41]],
  [7, 41, [1, 3, 5, 13, 23, 1, 55]],
  [7, 42, [1, 3, 7, 3, 13, 59, 17]],
];

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
