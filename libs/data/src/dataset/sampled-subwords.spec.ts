import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatasetSettings, installedPaths } from '@honyaku/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleLines } from '../../test/examples.ts';
import { writeLines } from '../../test/temporary-files.ts';
import { openTokenizer, type Tokenizer } from '../tokenizer/tokenizer.ts';
import { buildDataset } from './build-dataset.ts';
import { openSplit, type Split } from './open-split.ts';
import { sampledSubwords } from './sampled-subwords.ts';

describe('an epoch of sampled subwords', () => {
  let folder: string;
  let split: Split;
  let paths: { source: string; target: string };
  let tokenizers: { source: Tokenizer; target: Tokenizer };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'honyaku-subwords-'));
    const corpusFile = await writeLines(join(folder, 'pairs.tsv'), exampleLines(400));
    const settings = DatasetSettings.parse({ vocabularySize: { source: 60, target: 48 } });
    const built = await buildDataset({
      corpusFile,
      settings,
      folder,
      pythonPath: installedPaths().sentencepiece,
    });
    split = await openSplit(built.shards.train.map(({ key }) => join(folder, key)));
    paths = { source: join(folder, 'source.model'), target: join(folder, 'target.model') };
    tokenizers = { source: await openTokenizer(paths.source), target: await openTokenizer(paths.target) };
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
