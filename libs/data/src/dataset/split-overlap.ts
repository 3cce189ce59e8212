import { type DatasetReport } from '@honyaku/contracts';
import { type SentencePair } from '../corpus/sentence-pairs.ts';

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
