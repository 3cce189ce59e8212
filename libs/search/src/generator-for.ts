import { createHash } from 'node:crypto';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

export type Generator = ReturnType<typeof xoroshiro128plus>;

/** A generator of its own for each purpose, so that one draw more leaves all others as they were. */
export function generatorFor(purpose: string): Generator {
  return xoroshiro128plus(createHash('sha256').update(purpose).digest().readInt32LE(0));
}
