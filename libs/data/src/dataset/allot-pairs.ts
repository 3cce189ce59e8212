/** Which pairs train and which are held out, and how many of these training has seen all the same. */
import { type DatasetSettings, InvalidInput, type DatasetReport } from '@honyaku/contracts';
import { shuffledIndices } from './random.ts';
import { type SentencePair } from '../corpus/sentence-pairs.ts';

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

/** Counts the held-out pairs that training has seen. Only what is held out is kept in memory. */
export class SplitOverlap {
  readonly #heldOut = new Map<string, Side>();
  readonly #counts = { pairs: 0, sources: 0, targets: 0 };

  /** Before any pair is trained on: one that may be held out. */
  expect(pair: SentencePair): void {
    for (const key of keysOf(pair)) this.#heldOut.set(key, 'unseen');
  }

  /** A pair that is trained on. */
  train(pair: SentencePair): void {
    for (const key of keysOf(pair)) if (this.#heldOut.has(key)) this.#heldOut.set(key, 'seen');
  }

  /** A pair that is held out. */
  holdOut(pair: SentencePair): void {
    const [both, source, target] = keysOf(pair).map((key) => this.#heldOut.get(key) === 'seen');
    if (both) this.#counts.pairs += 1;
    if (source) this.#counts.sources += 1;
    if (target) this.#counts.targets += 1;
  }

  get counts(): DatasetReport['overlap'] {
    return { ...this.#counts };
  }
}

type Side = 'seen' | 'unseen';

/** Of the pair and of each side; sentences hold no tab. */
function keysOf({ source, target }: SentencePair): [string, string, string] {
  return [`${source}\t${target}`, `${source}\t`, `\t${target}`];
}
