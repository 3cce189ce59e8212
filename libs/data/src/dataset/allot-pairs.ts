/** Which pairs train and which are held out, and how many of these training has seen all the same. */
import { type DatasetSettings, InvalidInput, type DatasetReport } from '@honyaku/contracts';
import { shuffledIndices } from './random.ts';
import { type EncodedPair } from './shard-writer.ts';

/** Lines of the corpus, counted from 0, in the order in which they are stored. */
export interface Allotment {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
  /** Only of a grouped split. */
  readonly dev?: Uint32Array;
  readonly groups?: NonNullable<DatasetReport['groups']>;
  /** Pairs in no set, for the sake of published ones. */
  readonly publishedPairs?: number;
}

/**
 * Shuffles the corpus by the seed, and takes `maxPairs` of it.
 * @param kept the lines to take of, where they are not all
 */
export function chosenLines(
  corpusPairs: number,
  { seed, maxPairs }: Pick<DatasetSettings, 'seed' | 'maxPairs'>,
  kept?: Uint32Array,
): Uint32Array {
  const shuffled = shuffledIndices(kept?.length ?? corpusPairs, `dataset/${seed}`);
  const chosen = shuffled.subarray(0, maxPairs ?? shuffled.length);
  return kept ? chosen.map((index) => kept[index] ?? 0) : chosen;
}

/**
 * The random split: sets the last `testFraction` of the chosen pairs apart.
 * @throws InvalidInput when one of the two would be empty.
 */
export function allotPairs(
  corpusPairs: number,
  { testFraction, ...settings }: Pick<DatasetSettings, 'seed' | 'maxPairs' | 'testFraction'>,
  kept?: Uint32Array,
): Allotment {
  const chosen = chosenLines(corpusPairs, settings, kept);
  const trainPairs = Math.round(chosen.length * (1 - testFraction));
  if (trainPairs < 1 || trainPairs >= chosen.length)
    throw new InvalidInput(
      `dataset.testFraction: ${testFraction} of ${chosen.length} pairs leaves ${trainPairs} to train ` +
        `and ${chosen.length - trainPairs} to test; each needs at least 1`,
    );
  return { train: chosen.subarray(0, trainPairs), test: chosen.subarray(trainPairs) };
}

/** Of the token ids: spellings that the tokenizers read as one are one to the network, too. */
type Tokens = Pick<EncodedPair, 'sourceIds' | 'targetIds'>;

type Overlap = DatasetReport['overlap'];
type Kind = keyof Overlap;
const kinds: readonly Kind[] = ['pairs', 'sources', 'targets'];

/** Sentences, or pairs of them, that are held out. */
class Sides {
  readonly #pairsOf = new Map<string, number>();
  /** Held-out pairs whose key was trained on. */
  seen = 0;

  holdOut(key: string): void {
    this.#pairsOf.set(key, (this.#pairsOf.get(key) ?? 0) + 1);
  }

  train(key: string): void {
    this.seen += this.#pairsOf.get(key) ?? 0;
    this.#pairsOf.delete(key);
  }
}

/** Counts the held-out pairs that training has seen. Only what is held out is kept in memory. */
export class SplitOverlap {
  readonly #heldOut = { pairs: new Sides(), sources: new Sides(), targets: new Sides() };

  /** A pair that is held out; all of them come before those that are trained on. */
  holdOut(pair: Tokens): void {
    const keys = keysOf(pair);
    for (const kind of kinds) this.#heldOut[kind].holdOut(keys[kind]);
  }

  /** A pair that is trained on. */
  train(pair: Tokens): void {
    const keys = keysOf(pair);
    for (const kind of kinds) this.#heldOut[kind].train(keys[kind]);
  }

  get counts(): Overlap {
    const { pairs, sources, targets } = this.#heldOut;
    return { pairs: pairs.seen, sources: sources.seen, targets: targets.seen };
  }
}

function keysOf({ sourceIds, targetIds }: Tokens): Record<Kind, string> {
  const [sources, targets] = [keyOf(sourceIds), keyOf(targetIds)];
  // The length says where one ends and the other begins.
  return { sources, targets, pairs: `${sourceIds.length} ${sources}${targets}` };
}

/** The ids' bytes, one a character: making text of numbers takes longer than encoding the sentence. */
function keyOf(ids: Uint16Array): string {
  return Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength).toString('latin1');
}
