import { InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { batchCount, evaluationBatches, trainBatches } from './batches.ts';
import { type Split } from './open-split.ts';

/** Pair i: source [100 + i, eos], target [bos, 200 + i, …, eos] with i % 3 more ids. */
function splitOf(length: number): Split {
  return {
    length,
    pair: (index) => ({
      source: Uint16Array.of(100 + index, 2),
      target: Uint16Array.from([1, 200 + index, ...Array<number>(index % 3).fill(9), 2]),
    }),
    text: () => undefined,
  };
}

const firstIds = (batches: Iterable<{ source: Int32Array; sourceLength: number }>): number[] =>
  [...batches].flatMap(({ source, sourceLength }) => [...source.filter((_, at) => at % sourceLength === 0)]);

describe('batches', () => {
  it('pad to their longest row, feed from bos on and want the same shifted by one', () => {
    const [batch] = evaluationBatches(splitOf(3), 3);
    expect(batch).toEqual({
      size: 3,
      sourceLength: 2,
      targetLength: 4,
      source: Int32Array.of(100, 2, 101, 2, 102, 2),
      decoderInput: Int32Array.from([1, 200, 3, 3, 1, 201, 9, 3, 1, 202, 9, 9]),
      target: Int32Array.from([200, 2, 3, 3, 201, 9, 2, 3, 202, 9, 9, 2]),
    });
  });

  it('of an epoch hold every pair at most once and drop the last short batch', () => {
    const ids = firstIds(trainBatches(splitOf(50), { batchSize: 8, seed: 1, epoch: 1 }));
    expect(ids).toHaveLength(48);
    expect(new Set(ids).size).toBe(48);
    expect(batchCount(50, 8)).toBe(6);
  });

  it('have an order of their own for each seed and epoch, the same in every process', () => {
    const order = (seed: number, epoch: number) =>
      firstIds(trainBatches(splitOf(10), { batchSize: 5, seed, epoch }));
    expect(order(1, 1)).toEqual([100, 107, 104, 101, 105, 106, 109, 103, 102, 108]);
    expect(order(1, 1)).toEqual(order(1, 1));
    expect(order(1, 2)).not.toEqual(order(1, 1));
    expect(order(2, 1)).not.toEqual(order(1, 1));
  });

  it('can be taken up at a step without building the earlier ones', () => {
    const split = splitOf(40);
    let built = 0;
    const counting: Split = {
      ...split,
      pair: (index) => {
        built += 1;
        return split.pair(index);
      },
    };
    const whole = [...trainBatches(split, { batchSize: 4, seed: 7, epoch: 3 })];
    expect([...trainBatches(counting, { batchSize: 4, seed: 7, epoch: 3, fromStep: 8 })]).toEqual(
      whole.slice(8),
    );
    expect(built).toBe(8);
  });

  it('larger than the dataset are refused with both numbers', () => {
    const build = () => trainBatches(splitOf(20), { batchSize: 32, seed: 1, epoch: 1 });
    expect(build).toThrow(InvalidInput);
    expect(build).toThrow(/batchSize: 32 is more than the 20 training pairs/);
  });

  it('for evaluation keep the order and the last short batch, unless told to drop it', () => {
    expect([...evaluationBatches(splitOf(7), 3)].map(({ size }) => size)).toEqual([3, 3, 1]);
    expect([...evaluationBatches(splitOf(7), 3, { dropLast: true })].map(({ size }) => size)).toEqual([3, 3]);
    expect(firstIds(evaluationBatches(splitOf(4), 3))).toEqual([100, 101, 102, 103]);
  });
});
