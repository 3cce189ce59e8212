import { type DatasetSettings, InvalidInput } from '@honyaku/contracts';
import { shuffledIndices } from './shuffle.ts';

/** Lines of the corpus, counted from 0, in the order in which they are stored. */
export interface Allotment {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/**
 * Shuffles the corpus by the seed, takes `maxPairs` of it, and sets the last `testFraction` of these apart.
 * @throws InvalidInput when one of the two would be empty.
 */
export function allotPairs(
  corpusPairs: number,
  { seed, maxPairs, testFraction }: Pick<DatasetSettings, 'seed' | 'maxPairs' | 'testFraction'>,
): Allotment {
  const chosen = shuffledIndices(corpusPairs, `dataset/${seed}`).subarray(0, maxPairs ?? corpusPairs);
  const trainPairs = Math.round(chosen.length * (1 - testFraction));
  if (trainPairs < 1 || trainPairs >= chosen.length)
    throw new InvalidInput(
      `dataset.testFraction: ${testFraction} of ${chosen.length} pairs leaves ${trainPairs} to train ` +
        `and ${chosen.length - trainPairs} to test; each needs at least 1`,
    );
  return { train: chosen.subarray(0, trainPairs), test: chosen.subarray(trainPairs) };
}
