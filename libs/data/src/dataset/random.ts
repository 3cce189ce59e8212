/** Random numbers and orders that a purpose decides. */
import { createHash } from 'node:crypto';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformInt } from 'pure-rand/distribution/uniformInt';

/** xoroshiro128+ of its own for each purpose, the same in every process. */
export function generatorFor(purpose: string): ReturnType<typeof xoroshiro128plus> {
  return xoroshiro128plus(createHash('sha256').update(purpose).digest().readInt32LE(0));
}

/**
 * The numbers 0 to length - 1 in an order that `purpose` alone decides, the same in every process:
 * Fisher–Yates, in Durstenfeld's form.
 */
export function shuffledIndices(length: number, purpose: string): Uint32Array {
  const generator = generatorFor(purpose);
  const order = Uint32Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last -= 1) {
    const drawn = uniformInt(generator, 0, last);
    const kept = order[last] ?? 0;
    order[last] = order[drawn] ?? 0;
    order[drawn] = kept;
  }
  return order;
}
