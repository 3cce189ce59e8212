/** The normal distribution, as far as kernel densities on an interval need it. */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { type Generator } from './generator-for.ts';

/** Below this a probability counts as this, so that its logarithm is finite. */
const smallest = 1e-300;

/**
 * log(Φ(b) − Φ(a)) for a ≤ b, from the tail that is the smaller, so that it stays exact far from 0.
 */
export function logMassBetween(a: number, b: number): number {
  const mass = a > 0 ? upperTail(a) - upperTail(b) : upperTail(-b) - upperTail(-a);
  return Math.log(Math.max(mass, smallest));
}

/** 1 − Φ(x), by the Chebyshev fit of Numerical Recipes, 2nd edition, section 6.2: relative error below 1.2e-7. */
function upperTail(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * z);
  let sum = 0;
  for (const coefficient of chebyshev) sum = coefficient + t * sum;
  const erfc = t * Math.exp(-z * z + sum);
  return x >= 0 ? erfc / 2 : 1 - erfc / 2;
}

const chebyshev = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
  1.00002368, -1.26551223,
];

/** A draw from the normal distribution, given that it lies between `low` and `high`. */
export function drawTruncated(
  { mean, deviation, low, high }: { mean: number; deviation: number; low: number; high: number },
  generator: Generator,
): number {
  // The mean lies in the interval, so that at least some tenth of all draws does.
  for (let tries = 0; tries < 1_000; tries += 1) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
    const drawn = mean + deviation * radius * Math.cos(2 * Math.PI * uniformFloat64(generator));
    if (drawn >= low && drawn <= high) return drawn;
  }
  return Math.min(high, Math.max(low, mean));
}
