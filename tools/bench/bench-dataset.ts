/** The 20,000 pairs of presets/notebook-tatoeba.yaml as datasets, each made once in a folder that comparisons share. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatasetSettings, installedPaths, type Batch, specialTokens } from '@honyaku/contracts';
import {
  buildDataset,
  openSplit,
  type Split,
  type TokenizerFiles,
  writeCorpus,
  trainBatches,
} from '@honyaku/data';
import { publishFolder } from '../setup/step.ts';
import { type Batching, batchings, type BenchNetwork, type NetworkName, networks } from './networks.ts';

/** 16,000 pairs to train on and 4,000 held out. */
const settingsOf = ({ vocabularySize, vocabulary }: BenchNetwork) =>
  DatasetSettings.parse({
    ...{ maxPairs: 20_000, testFraction: 0.2, split: 'random' },
    vocabularySize,
    vocabulary,
  });

const corpusName = 'pairs.tsv';

/** Paths of the dataset's files. */
export interface BenchDataset {
  /** All pairs of the corpus, of which the dataset takes 20,000: lines of source TAB target. */
  readonly corpusFile: string;
  readonly train: readonly string[];
  readonly test: readonly string[];
  readonly tokenizers: TokenizerFiles;
  readonly vocabularySize: { readonly source: number; readonly target: number };
  /** `{train, test}` of `[source ids, target ids]`, for a process that speaks JSON. */
  readonly pairsFile: string;
}

/** Makes the dataset of a network in `home` where it is not there yet; 1 to 2 minutes. */
export async function benchDataset(
  network: NetworkName,
  report: (line: string) => void,
  home = installedPaths().home,
): Promise<BenchDataset> {
  const name = `${network}-dataset-1`;
  const folder = join(home, name);
  if (!existsSync(folder)) {
    report(`… dataset of 20,000 Tatoeba pairs (CC BY 2.0 FR) for the ${network} network`);
    await publishFolder(home, name, (making) => make(making, settingsOf(networks[network])));
  }
  return parse(await readFile(join(folder, 'dataset.json'), 'utf8'), folder);
}

async function make(folder: string, settings: DatasetSettings): Promise<void> {
  const { tatoebaPairs, sentencepiece } = installedPaths();
  const corpusFile = join(folder, corpusName);
  await writeCorpus({ kind: 'tatoeba' }, folder, tatoebaPairs, corpusFile);
  const built = await buildDataset({ corpusFile, settings, folder, pythonPath: sentencepiece });
  await writeFile(join(folder, 'dataset.json'), JSON.stringify(built));
  const splits = { train: built.shards.train, test: built.shards.test };
  const pairs = await Promise.all(
    Object.entries(splits).map(async ([split, shards]) => {
      const opened = await openSplit(shards.map(({ key }) => join(folder, key)));
      return [split, rowsOf(opened)] as const;
    }),
  );
  await writeFile(join(folder, 'pairs.json'), JSON.stringify(Object.fromEntries(pairs)));
}

function rowsOf(split: Split): number[][][] {
  return Array.from({ length: split.length }, (_, index) => {
    const { source, target } = split.pair(index);
    return [[...source], [...target]];
  });
}

function parse(json: string, folder: string): BenchDataset {
  const built: Awaited<ReturnType<typeof buildDataset>> = JSON.parse(json);
  const inFolder = ({ key }: { readonly key: string }) => join(folder, key);
  return {
    corpusFile: join(folder, corpusName),
    train: built.shards.train.map(inFolder),
    test: built.shards.test.map(inFolder),
    tokenizers: {
      source: inFolder(built.tokenizers.source),
      target: inFolder(built.tokenizers.target),
      vocabulary: built.vocabulary && inFolder(built.vocabulary),
    },
    vocabularySize: built.vocabularySize,
    pairsFile: join(folder, 'pairs.json'),
  };
}

/** The batches of each update of the epoch, in its order; the same in every process. */
export async function epochBatches(
  dataset: BenchDataset,
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
