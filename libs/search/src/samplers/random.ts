import { type ParameterRange } from '@honyaku/contracts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { type Generator, generatorFor } from '../generator-for.ts';
import { type Suggestion, type Value } from '../search-plan.ts';
import { roundToStep } from './grid.ts';
import { type Space, inOrder, isActive } from './space.ts';

/**
 * Draws each range independently. Every (seed, trial, parameter) has a generator of its own, so adding a
 * parameter or a trial leaves the other draws as they were.
 *
 * @param attempt another draw for the same trial; 0 is the first
 */
export function suggestAtRandom(
  { space, seed }: { readonly space: Space; readonly seed: number },
  index: number,
  attempt = 0,
): Suggestion {
  const suggestion: Suggestion = {};
  for (const [name, range] of inOrder(space)) {
    if (!isActive(range, suggestion)) continue;
    const purpose = `${seed}/${index}/${name}${attempt === 0 ? '' : `/${attempt}`}`;
    suggestion[name] = typeof range === 'object' ? drawFrom(range, generatorFor(purpose)) : range;
  }
  return suggestion;
}

/** One value of a range. */
export function drawFrom(range: ParameterRange, generator: Generator): Value {
  if (range.type === 'choice') return range.values[uniformInt(generator, 0, range.values.length - 1)] ?? 0;
  const { low, high } = range;
  if (range.type === 'int' && range.log) {
    const value = Math.floor(logUniform(generator, low - 0.5, high + 0.5) + 0.5);
    return Math.min(high, Math.max(low, value));
  }
  if (range.log) return Math.min(high, Math.max(low, logUniform(generator, low, high)));
  if (range.step === undefined) return low + (high - low) * uniformFloat64(generator);
  const steps = Math.floor((high - low) / range.step + 1e-9);
  return roundToStep(low + uniformInt(generator, 0, steps) * range.step);
}

function logUniform(generator: Generator, low: number, high: number): number {
  return Math.exp(Math.log(low) + (Math.log(high) - Math.log(low)) * uniformFloat64(generator));
}
