import { InvalidInput, DatasetSettings, installedPaths, vocabularyKinds } from '@honyaku/contracts';
import { describe, expect, it, afterAll, beforeAll } from 'vitest';
import { evaluationBatches, trainBatches, sampledSubwords } from './batches.ts';
import { type Split, openSplit } from './open-split.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleLines } from '../../test/examples.ts';
import { writeLines } from '../../test/temporary-files.ts';
import { type TokenizerFiles } from '../tokenizer/joint-vocabulary.ts';
import { openTokenizers, type Tokenizer } from '../tokenizer/tokenizer.ts';
import { buildDataset } from './build-dataset.ts';

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

const plain = { batching: 'plain', batchSize: 32, batchTokens: 0, accumulation: 1 } as const;

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
    const { steps, from } = trainBatches(splitOf(50), { ...plain, batchSize: 8, seed: 1, epoch: 1 });
    const ids = firstIds([...from(0)].flat());
    expect(ids).toHaveLength(48);
    expect(new Set(ids).size).toBe(48);
    expect(steps).toBe(6);
  });

  it('have an order of their own for each seed and epoch, the same in every process', () => {
    const order = (seed: number, epoch: number) =>
      firstIds([...trainBatches(splitOf(10), { ...plain, batchSize: 5, seed, epoch }).from(0)].flat());
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
    const options = { ...plain, batchSize: 4, seed: 7, epoch: 3 };
    const whole = [...trainBatches(split, options).from(0)];
    expect([...trainBatches(counting, options).from(8)]).toEqual(whole.slice(8));
    expect(built).toBe(8);
  });

  it('are taken together by accumulation, the last update of fewer', () => {
    const options = { ...plain, batchSize: 4, seed: 7, epoch: 3 };
    const { steps, from } = trainBatches(splitOf(40), { ...options, accumulation: 4 });
    const single = [...trainBatches(splitOf(40), options).from(0)].flat();
    expect(steps).toBe(3);
    expect([...from(0)].map(({ length }) => length)).toEqual([4, 4, 2]);
    expect([...from(0)].flat()).toEqual(single);
  });

  it('larger than the dataset are refused with both numbers', () => {
    const build = () => trainBatches(splitOf(20), { ...plain, seed: 1, epoch: 1 });
    expect(build).toThrow(InvalidInput);
    expect(build).toThrow(/batchSize: 32 is more than the 20 training pairs/);
  });

  it('for evaluation keep the order and the last short batch, unless asked to drop it', () => {
    expect([...evaluationBatches(splitOf(7), 3)].map(({ size }) => size)).toEqual([3, 3, 1]);
    expect([...evaluationBatches(splitOf(7), 3, { dropLast: true })].map(({ size }) => size)).toEqual([3, 3]);
    expect(firstIds(evaluationBatches(splitOf(4), 3))).toEqual([100, 101, 102, 103]);
  });
});

describe.each(vocabularyKinds)('an epoch of sampled subwords with %s vocabularies', (vocabulary) => {
  let folder: string;
  let split: Split;
  let paths: TokenizerFiles;
  let tokenizers: { source: Tokenizer; target: Tokenizer };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'honyaku-subwords-'));
    const corpusFile = await writeLines(join(folder, 'pairs.tsv'), exampleLines(400));
    const settings = DatasetSettings.parse({ vocabularySize: { source: 60, target: 48 }, vocabulary });
    const built = await buildDataset({
      corpusFile,
      settings,
      folder,
      pythonPath: installedPaths().sentencepiece,
    });
    split = await openSplit(built.shards.train.map(({ key }) => join(folder, key)));
    paths = {
      source: join(folder, 'source.model'),
      target: join(folder, 'target.model'),
      vocabulary: built.vocabulary && join(folder, built.vocabulary.key),
    };
    tokenizers = await openTokenizers(paths);
  });

  afterAll(() => rm(folder, { recursive: true }));

  const idsOf = (seen: Split) => Array.from({ length: seen.length }, (_, index) => seen.pair(index));
  const sampled = async (seed: number, epoch: number, alpha = 0.3) =>
    idsOf(
      await sampledSubwords(split, {
        seed,
        epoch,
        alpha,
        tokenizers: paths,
        yieldToEventLoop: () => Promise.resolve(),
      }),
    );

  it('has the sentences of the split, from bos to eos', async () => {
    (await sampled(1, 1)).forEach(({ source, target }, index) => {
      const before = split.pair(index);
      expect(tokenizers.source.decode([...source])).toBe(tokenizers.source.decode([...before.source]));
      expect(tokenizers.target.decode([...target])).toBe(tokenizers.target.decode([...before.target]));
      expect([source.at(-1), target[0], target.at(-1)]).toEqual([2, 1, 2]);
    });
  });

  it('has other pieces than the split and than another epoch, and the same ones when asked again', async () => {
    const first = await sampled(1, 1);
    expect(first).not.toEqual(idsOf(split));
    expect(await sampled(1, 2)).not.toEqual(first);
    expect(await sampled(2, 1)).not.toEqual(first);
    expect(await sampled(1, 1)).toEqual(first);
  });
});
