/** Random draws, which the same seed and purpose repeat. */
import { createHash } from 'node:crypto';
import { type xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { type ParameterRange } from '@honyaku/contracts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
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

export type Generator = ReturnType<typeof xoroshiro128plus>;

/** A generator of its own for each purpose, so that one draw more leaves all others as they were. */
export function generatorFor(purpose: string): Generator {
  const digest = createHash('sha256').update(purpose).digest();
  // All of the state from the digest: from a seed of 32 bits the first draws would depend on each other.
  return xoroshiro128plusFromState([0, 4, 8, 12].map((at) => digest.readInt32LE(at)));
}

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

/** Draws for one trial of which none is accepted mean that it has none. */
export const mostDraws = 1_000;

/** The trial's first draw that is accepted as a whole; undefined when none of `mostDraws` is. */
export function drawAccepted(
  plan: { readonly space: Space; readonly seed: number },
  index: number,
  accepts: (suggestion: Suggestion) => boolean,
): Suggestion | undefined {
  for (let attempt = 0; attempt < mostDraws; attempt += 1) {
    const drawn = suggestAtRandom(plan, index, attempt);
    if (accepts(drawn)) return drawn;
  }
  return undefined;
}

/** One value of a range. */
export function drawFrom(range: ParameterRange, generator: Generator): Value {
  if (range.type === 'choice') return range.values[uniformInt(generator, 0, range.values.length - 1)] ?? 0;
  const { low, high, log, step } = range;
  if (log || step === undefined) return atShare(range, uniformFloat64(generator));
  const steps = { low, high, step };
  return atStep(steps, uniformInt(generator, 0, lastStep(steps)));
}
