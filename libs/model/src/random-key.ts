import { createHash } from 'node:crypto';
import type { RandomKey } from './random-kernels.ts';

/**
 * The key of one random draw, from its purpose and place: `randomKey('dropout', seed, epoch, step, layer)`.
 * Nothing random has a state, so nothing has to be saved to go on exactly.
 */
export function randomKey(...place: readonly (string | number)[]): RandomKey {
  const digest = createHash('sha256').update(place.join('/')).digest();
  return [digest.readInt32LE(0), digest.readInt32LE(4)];
}
