import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Cancelled,
  Corrupt,
  DatasetSettings,
  InvalidInput,
  installedPaths,
  vocabularyKinds,
} from '@honyaku/contracts';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { exampleLines } from '../../test/examples.ts';
import { temporaryFolder, writeLines } from '../../test/temporary-files.ts';
import { openEncoder } from '../tokenizer/unigram-encoder.ts';
import { trainSentencePiece } from '../tokenizer/train-sentencepiece.ts';
import { BlockEncoders, type EncodingTask } from './block-encoders.ts';
import { buildDataset, type DatasetBuild } from './build-dataset.ts';
import { CorpusIndex } from './corpus-index.ts';
import { pairsIn } from './encoded-block.ts';

const pythonPath = installedPaths().sentencepiece;

/** So many pairs that two threads are worth their start; some are too long and some invisible. */
const manyLines = Array.from({ length: 50 }, () => exampleLines(480))
  .flat()
  .map((line, at) => (at % 1000 === 7 ? `${line} ${'x y z '.repeat(100)}` : line))
  .map((line, at) => (at % 1000 === 9 ? line.replace(/\t.*/, '\t\u200b') : line));

async function manyPairs(threads: number, vocabulary?: DatasetSettings['vocabulary']): Promise<DatasetBuild> {
  const folder = await temporaryFolder();
  const corpusFile = await writeLines(join(folder, 'pairs.tsv'), manyLines);
  const vocabularySize = { source: 60, target: 48 };
  const settings = DatasetSettings.parse({ vocabularySize, vocabulary, maxTokens: 100 });
  return { corpusFile, settings, folder: join(folder, 'dataset'), pythonPath, threads };
}

/** Each worker thread has a port. */
const runningThreads = () => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length;

let models: EncodingTask['models'];
let modelsFolder: string;
beforeAll(async () => {
  modelsFolder = await mkdtemp(join(tmpdir(), 'honyaku-models-'));
  for (const [column, side] of (['source', 'target'] as const).entries()) {
    const sentences = exampleLines(300).map((line) => line.split('\t')[column] ?? '');
    await writeLines(join(modelsFolder, `${side}.txt`), sentences);
    await trainSentencePiece({ side, vocabularySize: 48, folder: modelsFolder, pythonPath });
  }
  models = { source: join(modelsFolder, 'source.model'), target: join(modelsFolder, 'target.model') };
});
afterAll(() => rm(modelsFolder, { recursive: true }));

async function exampleTask(lines: readonly string[]): Promise<EncodingTask> {
  const corpus = await CorpusIndex.open(await writeLines(join(await temporaryFolder(), 'pairs.tsv'), lines));
  corpus.close();
  return { indexed: corpus.indexed, models, maxTokens: 512 };
}

async function everyPair(encoders: BlockEncoders, lines: Uint32Array) {
  const pairs = [];
  for await (const block of encoders.encode(lines, true)) pairs.push(...pairsIn(block));
  return pairs;
}

const allLines = (length: number) => Uint32Array.from({ length }, (_, line) => line);

describe('encoding on several threads', () => {
  it.each(vocabularyKinds)('gives the bytes, counts and progress of one thread: %s', async (vocabulary) => {
    const before = runningThreads();
    const builds = [await manyPairs(1, vocabulary), await manyPairs(2, vocabulary)] as const;
    const progress: number[][] = [];
    const results = [];
    for (const build of builds) {
      const shares: number[] = [];
      results.push(await buildDataset({ ...build, onProgress: ({ share }) => shares.push(share) }));
      progress.push(shares);
      expect(runningThreads()).toBe(before);
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[0]?.findings.skipped).toEqual({ tooLong: 24, invisible: 24 });
    expect(progress[1]).toEqual(progress[0]);
    const [one, two] = builds;
    for (const file of await readdir(one.folder))
      expect(
        (await readFile(join(one.folder, file))).equals(await readFile(join(two.folder, file))),
        file,
      ).toBe(true);
  });

  it.each([1, 2, 5])('gives each pair in the order in which it is asked for: %i', async (threads) => {
    const lines = exampleLines(480);
    const task = await exampleTask(Array.from({ length: 10 }, () => lines).flat());
    const [source, target] = [await openEncoder(task.models.source), await openEncoder(task.models.target)];
    const encoders = await BlockEncoders.open(task, threads);
    try {
      const asked = allLines(4800).reverse();
      const pairs = await everyPair(encoders, asked);
      expect(pairs).toEqual(
        Array.from(asked, (line) => {
          const [sourceText = '', targetText = ''] = lines[line % 480]?.split('\t') ?? [];
          return {
            line,
            sourceIds: Uint16Array.from(source.encode(sourceText)),
            targetIds: Uint16Array.from(target.encode(targetText)),
            text: { source: sourceText, target: targetText },
          };
        }),
      );
    } finally {
      await encoders.close();
    }
  });

  it('hands out sixteen blocks for each thread ahead of their use, however long the corpus', async () => {
    const task = await exampleTask(Array.from({ length: 100 }, () => exampleLines(480)).flat());
    const encoders = await BlockEncoders.open(task, 2);
    const lines = allLines(48_000);
    const handedOut = vi.spyOn(lines, 'slice');
    let used = 0;
    for await (const block of encoders.encode(lines, false)) {
      used += block.lines.length > 0 ? 1 : 0;
      expect(handedOut.mock.calls.length).toBeLessThanOrEqual(used + 31);
    }
    expect(used).toBe(96);
    await encoders.close();
  });

  it.each([1, 2])('names file and line of what is no pair: %i', async (threads) => {
    const before = runningThreads();
    const lines = [...exampleLines(480), ...exampleLines(480), ...exampleLines(400), 'no tab'];
    const task = await exampleTask(lines);
    const encoders = await BlockEncoders.open(task, threads);
    const encoding = everyPair(encoders, allLines(lines.length));
    await expect(encoding).rejects.toThrow(InvalidInput);
    await expect(encoding).rejects.toThrow(`${task.indexed.path}, line 1361: must be two sentences`);
    await encoders.close();
    expect(runningThreads()).toBe(before);
  });

  it.each([1, 2])('with a model that is absent is corrupt: %i', async (threads) => {
    const task = await exampleTask(exampleLines(10));
    const absent = { ...task.models, target: `${task.models.target}.absent` };
    const encoding = BlockEncoders.open({ ...task, models: absent }, threads).then(async (encoders) =>
      everyPair(encoders, allLines(10)).finally(() => encoders.close()),
    );
    await expect(encoding).rejects.toThrow(Corrupt);
    await expect(encoding).rejects.toThrow(/target\.model\.absent: cannot be read/);
  });

  it('that is closed under way fails and leaves no thread', async () => {
    const before = runningThreads();
    const task = await exampleTask(Array.from({ length: 20 }, () => exampleLines(480)).flat());
    const encoders = await BlockEncoders.open(task, 2);
    expect(runningThreads()).toBeGreaterThan(before);
    const failure = expect(everyPair(encoders, allLines(9600))).rejects.toThrow(
      'an encoding thread has ended',
    );
    await encoders.close();
    await failure;
    expect(runningThreads()).toBe(before);
  });

  it('stops when the signal of the build aborts, and leaves no thread', async () => {
    const before = runningThreads();
    const stop = new AbortController();
    const making = buildDataset({
      ...(await manyPairs(2)),
      signal: stop.signal,
      onProgress: ({ stage, share }) => {
        if (stage === 'encode' && share > 0.3) stop.abort();
      },
    });
    await expect(making).rejects.toThrow(Cancelled);
    expect(runningThreads()).toBe(before);
  });
});
