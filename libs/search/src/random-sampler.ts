import { createHash } from 'node:crypto';
import { type ParameterRange } from '@honyaku/contracts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { roundToStep } from './grid-sampler.ts';
import type { SearchPlan, Suggestion } from './search-plan.ts';

type Generator = ReturnType<typeof xoroshiro128plus>;

/**
 * Draws each range independently. Every (seed, trial, parameter) has a generator of its own, so adding a
 * parameter or a trial leaves the other draws as they were.
 */
export function suggestAtRandom({ space, seed }: SearchPlan, index: number): Suggestion {
  return Object.fromEntries(
    Object.entries(space).map(([name, range]) => [
      name,
      typeof range === 'object' ? draw(range, generatorOf(`${seed}/${index}/${name}`)) : range,
    ]),
  );
}

function generatorOf(purpose: string): Generator {
  return xoroshiro128plus(createHash('sha256').update(purpose).digest().readInt32LE(0));
}

function draw(range: ParameterRange, generator: Generator): string | number | boolean {
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
