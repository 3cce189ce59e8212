/** Batches of a split: rows padded to the batch's longest, in an order that seed and epoch decide. */
import { type Batch, InvalidInput, specialTokens } from '@honyaku/contracts';
import { type Split } from './open-split.ts';
import { shuffledIndices } from './shuffle.ts';

export interface TrainBatchOptions {
  readonly batchSize: number;
  readonly seed: number;
  /** Counts from 1; each epoch has an order of its own. */
  readonly epoch: number;
  /** Steps of the epoch already taken: their batches are passed over without being built. */
  readonly fromStep?: number | undefined;
}

/** Full batches in a split of `pairs`; a last, shorter one is dropped (drop_last). */
export function batchCount(pairs: number, batchSize: number): number {
  return Math.floor(pairs / batchSize);
}

/**
 * The batches of one epoch, each of `batchSize` pairs; the same in every process.
 * @throws InvalidInput when the split does not fill one batch.
 */
export function trainBatches(split: Split, options: TrainBatchOptions): Iterable<Batch> {
  const { batchSize, seed, epoch, fromStep = 0 } = options;
  const steps = batchCount(split.length, batchSize);
  if (steps === 0)
    throw new InvalidInput(
      `parameters.batchSize: ${batchSize} is more than the ${split.length} training pairs of the dataset; ` +
        `choose at most ${split.length} or a larger dataset`,
    );
  return {
    *[Symbol.iterator]() {
      const order = shuffledIndices(split.length, `batches/${seed}/${epoch}`);
      for (let step = fromStep; step < steps; step += 1)
        yield buildBatch(split, order.subarray(step * batchSize, (step + 1) * batchSize));
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
  const end = dropLast ? batchCount(split.length, batchSize) * batchSize : split.length;
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
