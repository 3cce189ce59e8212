import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { openSubwordSampler } from '../tokenizer/subword-sampler.ts';
import { type EpochOrder } from './batch-plan.ts';
import { generatorFor } from './keyed-random.ts';
import { type Split, type TokenPair } from './open-split.ts';

export interface SubwordOptions extends EpochOrder {
  /** Exponent of the segmentations' probabilities, above 0 (see `SubwordSampler`). */
  readonly alpha: number;
  /** Paths of the models that the split was encoded by. */
  readonly tokenizers: { readonly source: string; readonly target: string };
  /** Awaited every few hundred pairs. */
  readonly yieldToEventLoop: () => Promise<void>;
}

const pairsPerTurn = 500;

/**
 * The same sentences as an epoch sees them under subword regularisation: in other pieces, which seed and epoch decide.
 * @throws InvalidInput when a tokenizer has no segmentations to draw from; Corrupt
 */
export async function sampledSubwords(split: Split, options: SubwordOptions): Promise<Split> {
  const { alpha, seed, epoch, tokenizers, yieldToEventLoop } = options;
  const [source, target] = await Promise.all([
    openSubwordSampler(tokenizers.source),
    openSubwordSampler(tokenizers.target),
  ]);
  const generator = generatorFor(`subwords/${seed}/${epoch}`);
  const random = () => uniformFloat64(generator);
  const pairs: TokenPair[] = [];
  for (let index = 0; index < split.length; index += 1) {
    if (index % pairsPerTurn === 0) await yieldToEventLoop();
    const pair = split.pair(index);
    pairs.push({ source: source(pair.source, alpha, random), target: target(pair.target, alpha, random) });
  }
  return { ...split, pair: (index) => pairs[index] ?? split.pair(index) };
}
