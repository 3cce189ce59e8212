import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { generatorFor } from './keyed-random.ts';

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
