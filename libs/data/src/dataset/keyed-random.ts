import { createHash } from 'node:crypto';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** xoroshiro128+ of its own for each purpose, the same in every process. */
export function generatorFor(purpose: string): ReturnType<typeof xoroshiro128plus> {
  return xoroshiro128plus(createHash('sha256').update(purpose).digest().readInt32LE(0));
}
