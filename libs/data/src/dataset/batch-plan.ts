/** Which pairs of a split go together in a batch: a function of lengths, seed and epoch, so nothing has to be saved. */
import { type Hyperparameters, InvalidInput } from '@honyaku/contracts';
import { type Split } from './open-split.ts';
import { shuffledIndices } from './random.ts';

export type BatchSettings = Pick<Hyperparameters, 'batchSize' | 'batching' | 'batchTokens'>;

/** Epochs count from 1; each has an order of its own. */
export interface EpochOrder {
  readonly seed: number;
  readonly epoch: number;
}

/** Batches that are sorted by length together, as Marian's maxi-batch; more would make all epochs' batches alike. */
const poolBatches = 100;

/**
 * Indices of the pairs of each batch, in the order of the steps. `plain` cuts the shuffled pairs and drops a last
 * short batch. `length` sorts pools of the shuffled pairs by length, cuts each by sentences or by padded target
 * positions, keeps short batches and shuffles the batches.
 * @throws InvalidInput when there is not one batch
 */
export function planBatches(
  split: Split,
  settings: BatchSettings,
  { seed, epoch }: EpochOrder,
): readonly Uint32Array[] {
  const order = shuffledIndices(split.length, `batches/${seed}/${epoch}`);
  if (settings.batching === 'plain') return fullBatches(order, settings.batchSize);
  const lengths = lengthsOf(split);
  const batches = cut(order, poolBatches * settings.batchSize).flatMap((pool) =>
    cutByLength(pool.toSorted(byLength(lengths)), lengths, settings),
  );
  return Array.from(
    shuffledIndices(batches.length, `batch-order/${seed}/${epoch}`),
    (index) => batches[index] ?? new Uint32Array(),
  );
}

function fullBatches(order: Uint32Array, batchSize: number): Uint32Array[] {
  if (order.length < batchSize)
    throw new InvalidInput(
      `parameters.batchSize: ${batchSize} is more than the ${order.length} training pairs of the dataset; ` +
        `choose at most ${order.length} or a larger dataset`,
    );
  return cut(order, batchSize).filter(({ length }) => length === batchSize);
}

function cut(order: Uint32Array, size: number): Uint32Array[] {
  return Array.from({ length: Math.ceil(order.length / size) }, (_, part) =>
    order.subarray(part * size, (part + 1) * size),
  );
}

interface Lengths {
  readonly source: Uint16Array;
  readonly target: Uint16Array;
}

function lengthsOf(split: Split): Lengths {
  const source = new Uint16Array(split.length);
  const target = new Uint16Array(split.length);
  for (let index = 0; index < split.length; index += 1) {
    const pair = split.pair(index);
    source[index] = pair.source.length;
    target[index] = pair.target.length - 1;
  }
  return { source, target };
}

/** By target, then by source: the sort is stable, so pairs of the same lengths stay in shuffled order. */
function byLength({ source, target }: Lengths): (a: number, b: number) => number {
  return (a, b) => (target[a] ?? 0) - (target[b] ?? 0) || (source[a] ?? 0) - (source[b] ?? 0);
}

/** A pair longer than `batchTokens` is a batch of its own. */
function cutByLength(
  pool: Uint32Array,
  { target }: Lengths,
  { batchSize, batchTokens }: BatchSettings,
): Uint32Array[] {
  if (batchTokens === 0) return cut(pool, batchSize);
  const batches: Uint32Array[] = [];
  let start = 0;
  for (let end = 1; end <= pool.length; end += 1) {
    const longest = target[pool[end] ?? 0] ?? 0;
    if (end < pool.length && (end + 1 - start) * longest <= batchTokens) continue;
    batches.push(pool.subarray(start, end));
    start = end;
  }
  return batches;
}
