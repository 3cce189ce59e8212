import { createHash } from 'node:crypto';
import { type xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

export type Generator = ReturnType<typeof xoroshiro128plus>;

/** A generator of its own for each purpose, so that one draw more leaves all others as they were. */
export function generatorFor(purpose: string): Generator {
  const digest = createHash('sha256').update(purpose).digest();
  // All of the state from the digest: from a seed of 32 bits the first draws would depend on each other.
  return xoroshiro128plusFromState([0, 4, 8, 12].map((at) => digest.readInt32LE(at)));
}
