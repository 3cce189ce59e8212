import { type Batch } from '@honyaku/contracts';
import { batchOf } from '../pytorch/batch.ts';
import { setting } from './setting.ts';

/** One full batch without padding; ids spread over the vocabulary, the same at every run. */
export function benchBatch(): Batch {
  const { batch, sourceTokens, targetTokens, vocabulary } = setting;
  const firstWord = 4;
  const ids = (row: number, count: number) =>
    Array.from(
      { length: count },
      (_, at) => firstWord + ((row * 7919 + at * 104_729) % (vocabulary - firstWord)),
    );
  return batchOf(
    Array.from({ length: batch }, (_, row) => ({
      source: ids(row, sourceTokens - 1),
      target: ids(row + batch, targetTokens - 1),
    })),
  );
}
