import { type Batch, specialTokens } from '@honyaku/contracts';
import { openSplit, trainBatches } from '@honyaku/data';
import { type NotebookDataset } from './notebook-dataset.ts';
import { type Batching, batchings } from './setting.ts';

/** The batches of each update of the epoch, in its order; the same in every process. */
export async function epochBatches(
  dataset: NotebookDataset,
  batching: Batching,
): Promise<readonly (readonly Batch[])[]> {
  return [...trainBatches(await openSplit(dataset.train), batchings[batching]).from(0)];
}

/** How much batches hold: tokens with eos, and positions, which are tokens and padding. */
export interface BatchCounts {
  readonly sourceTokens: number;
  readonly sourcePositions: number;
  readonly targetTokens: number;
  readonly targetPositions: number;
}

export function countsOf(batches: readonly Batch[]): BatchCounts {
  const sum = (of: (batch: Batch) => number) => batches.reduce((total, batch) => total + of(batch), 0);
  return {
    sourceTokens: sum(({ source }) => tokensIn(source)),
    sourcePositions: sum(({ source }) => source.length),
    targetTokens: sum(({ target }) => tokensIn(target)),
    targetPositions: sum(({ target }) => target.length),
  };
}

function tokensIn(ids: Int32Array): number {
  return ids.reduce((count, id) => (id === specialTokens.pad ? count : count + 1), 0);
}
