/** What an epoch trains on: the sentences of a split, perhaps in other pieces, in batches with rows padded to the longest. */
import { type Batch, specialTokens } from '@honyaku/contracts';
import { type BatchSettings, type EpochOrder, planBatches } from './batch-plan.ts';
import { type Split, type TokenPair } from './open-split.ts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { type TokenizerFiles } from '../tokenizer/joint-vocabulary.ts';
import { openSubwordSampler } from '../tokenizer/subword-sampler.ts';
import { generatorFor } from './random.ts';

export interface TrainBatchOptions extends BatchSettings, EpochOrder {
  /** Batches an update. */
  readonly accumulation: number;
}

/** What an epoch trains on; the same in every process. */
export interface TrainBatches {
  /** Updates of the epoch. */
  readonly steps: number;
  /** The batches of each update from this one on, the first being 0; earlier ones are not built. */
  readonly from: (step: number) => Iterable<readonly Batch[]>;
}

/** @throws InvalidInput when the split does not fill one batch */
export function trainBatches(split: Split, options: TrainBatchOptions): TrainBatches {
  const plan = planBatches(split, options, options);
  const { accumulation } = options;
  const steps = Math.ceil(plan.length / accumulation);
  return {
    steps,
    *from(step) {
      for (; step < steps; step += 1)
        yield plan
          .slice(step * accumulation, (step + 1) * accumulation)
          .map((indices) => buildBatch(split, indices));
    },
  };
}

/**
 * The batches of a split in the order in which it is stored. The last one may be shorter, unless `dropLast`
 * is set, as in the notebook's evaluation.
 */
export function* evaluationBatches(
  split: Split,
  batchSize: number,
  { dropLast = false }: { readonly dropLast?: boolean | undefined } = {},
): Generator<Batch> {
  const end = dropLast ? Math.floor(split.length / batchSize) * batchSize : split.length;
  for (let start = 0; start < end; start += batchSize) {
    const size = Math.min(batchSize, end - start);
    yield buildBatch(
      split,
      Uint32Array.from({ length: size }, (_, row) => start + row),
    );
  }
}

/** Target [bos, a, b, eos] becomes decoder input [bos, a, b] and target [a, b, eos]. */
function buildBatch(split: Split, indices: Uint32Array): Batch {
  const pairs = Array.from(indices, (index) => split.pair(index));
  const size = pairs.length;
  const sourceLength = Math.max(...pairs.map(({ source }) => source.length));
  const targetLength = Math.max(...pairs.map(({ target }) => target.length)) - 1;
  const source = new Int32Array(size * sourceLength).fill(specialTokens.pad);
  const decoderInput = new Int32Array(size * targetLength).fill(specialTokens.pad);
  const target = new Int32Array(size * targetLength).fill(specialTokens.pad);
  pairs.forEach((pair, row) => {
    source.set(pair.source, row * sourceLength);
    decoderInput.set(pair.target.subarray(0, -1), row * targetLength);
    target.set(pair.target.subarray(1), row * targetLength);
  });
  return { size, sourceLength, targetLength, source, decoderInput, target };
}

export interface SubwordOptions extends EpochOrder {
  /** Exponent of the segmentations' probabilities, above 0 (see `SubwordSampler`). */
  readonly alpha: number;
  /** Those that the split was encoded by. */
  readonly tokenizers: TokenizerFiles;
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
    openSubwordSampler(tokenizers.source, tokenizers.vocabulary),
    openSubwordSampler(tokenizers.target, tokenizers.vocabulary),
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
