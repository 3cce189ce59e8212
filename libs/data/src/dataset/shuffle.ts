import { createHash } from 'node:crypto';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/**
 * The numbers 0 to length - 1 in an order that `purpose` alone decides, the same in every process.
 * Fisher–Yates (Durstenfeld's form) over xoroshiro128+; each purpose has a generator of its own.
 */
export function shuffledIndices(length: number, purpose: string): Uint32Array {
  const generator = xoroshiro128plus(createHash('sha256').update(purpose).digest().readInt32LE(0));
  const order = Uint32Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last -= 1) {
    const drawn = uniformInt(generator, 0, last);
    const kept = order[last] ?? 0;
    order[last] = order[drawn] ?? 0;
    order[drawn] = kept;
  }
  return order;
}
