/** Batches of a split: rows padded to the batch's longest. */
import { type Batch, specialTokens } from '@honyaku/contracts';
import { type BatchSettings, type EpochOrder, planBatches } from './batch-plan.ts';
import { type Split } from './open-split.ts';

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
