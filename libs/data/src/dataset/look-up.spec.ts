import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cancelled, Corrupt, DatasetSettings, installedPaths } from '@honyaku/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleLines } from '../../test/examples.ts';
import { writeLines } from '../../test/temporary-files.ts';
import { buildDataset } from './build-dataset.ts';
import { lookUp } from './look-up.ts';

const settings = DatasetSettings.parse({ vocabularySize: { source: 60, target: 48 }, split: 'grouped' });
const turn = () => Promise.resolve();

describe('a look-up', () => {
  let corpusFile: string;
  let trainShards: string[];
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'honyaku-look-up-'));
    corpusFile = await writeLines(join(folder, 'pairs.tsv'), exampleLines(400));
    const pythonPath = installedPaths().sentencepiece;
    const { shards } = await buildDataset({ corpusFile, settings, folder, pythonPath });
    trainShards = shards.train.map(({ key }) => join(folder, key));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('translates a sentence by the target of the most similar training source', async () => {
    const shares: number[] = [];
    const sources = exampleLines(400).map((line) => line.split('\t')[0] ?? '');
    const found = await lookUp({
      corpusFile,
      trainShards,
      sources: sources.map((source) => `${source}！`),
      turn: async (share) => {
        shares.push(share);
      },
    });
    // Four of five are training pairs themselves; the others are held out, so that another has to do.
    const right = exampleLines(400).filter((line, at) => line.split('\t')[1] === found[at]).length;
    expect(Math.abs(right - 320)).toBeLessThan(35);
    expect(found).not.toContain('');
    expect(shares).toEqual([...shares].sort((one, other) => one - other));
    expect(shares.at(-1)).toBe(1);
  });

  it('stops when a turn throws', async () => {
    const stopped = lookUp({
      corpusFile,
      trainShards,
      sources: Array<string>(20).fill('猫'),
      turn: () => Promise.reject(new Cancelled('stopped')),
    });
    await expect(stopped).rejects.toThrow(Cancelled);
  });

  it('needs shards that say which pairs they hold', async () => {
    const model = join(folder, 'source.model');
    await expect(lookUp({ corpusFile, trainShards: [model], sources: ['猫'], turn })).rejects.toThrow(
      Corrupt,
    );
  });
});
