/** From a corpus to a dataset: two tokenizers and the token shards of its train, dev and test sets. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import {
  Cancelled,
  cleaningOf,
  type DatasetManifest,
  type DatasetReport,
  type DatasetSettings,
  defaultCoverage,
  InvalidInput,
  unknownLanguage,
  type StoredFile,
} from '@honyaku/contracts';
import { type CorpusLanguages } from '../cleaning/pair-rules.ts';
import { characterCoverageFor } from '../tokenizer/character-coverage.ts';
import { type TokenizerFiles } from '../tokenizer/joint-vocabulary.ts';
import { openEncoders } from '../tokenizer/unigram-encoder.ts';
import { allotGroups } from './allot-groups.ts';
import { type Allotment, allotPairs, SplitOverlap } from './allot-pairs.ts';
import { cleanLines } from './clean-lines.ts';
import { BlockEncoders } from './block-encoders.ts';
import { CorpusIndex } from './corpus-index.ts';
import { pairsIn } from './encoded-block.ts';
import { type Shard, ShardWriter, type SplitName } from './shard-writer.ts';
import { type Side, type TrainedTokenizers, trainTokenizers } from './train-tokenizers.ts';
import { copyTokenizers } from './copy-tokenizers.ts';
import { writeJointVocabulary } from './write-joint-vocabulary.ts';

export interface DatasetBuild {
  /** A pairs file, as `writeCorpus` writes it. */
  readonly corpusFile: string;
  readonly settings: DatasetSettings;
  /** Of the corpus, by which it is cleaned and its tokenizers cover characters; unknown by default. */
  readonly languages?: CorpusLanguages | undefined;
  /** Where the files go; made when absent. Shards and models in it are overwritten. */
  readonly folder: string;
  /** Tokenizers to encode with, in place of new ones. */
  readonly tokenizers?: TokenizerFiles | undefined;
  /** For PYTHONPATH: the folder that holds the Python package sentencepiece. */
  readonly pythonPath: string;
  /** Threads that encode the pairs of a large corpus, 1 by default; the bytes are the same for any number. */
  readonly threads?: number | undefined;
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface BuildProgress {
  readonly stage: 'clean' | 'groups' | 'tokenizers' | 'encode';
  /** 0 to 1. */
  readonly share: number;
}

/** The build's part of the manifest and of the report; file keys are names in the folder. */
export interface BuiltDataset extends Pick<
  DatasetManifest,
  'tokenizers' | 'vocabulary' | 'vocabularySize' | 'shards' | 'skipped'
> {
  readonly findings: Pick<
    DatasetReport,
    | 'characterCoverage'
    | 'pairs'
    | 'cleaning'
    | 'groups'
    | 'publishedPairs'
    | 'skipped'
    | 'overlap'
    | 'outsideTokenizers'
  >;
}

/** A thread takes half a second to start, in which that many pairs are encoded. */
const pairsPerThread = 20_000;

/**
 * Trains the vocabularies on all chosen pairs, as the notebook does, and encodes and splits the pairs. The
 * same corpus and settings give the same bytes of every file.
 * @throws InvalidInput when the corpus is too small for the vocabularies or nothing of a split is left.
 * @throws Unavailable when Python or its package sentencepiece is absent.
 */
export async function buildDataset(build: DatasetBuild): Promise<BuiltDataset> {
  await mkdir(build.folder, { recursive: true });
  const cleaning = cleaningOf(build.settings);
  const corpus = await CorpusIndex.open(build.corpusFile, { withoutControl: cleaning?.control ?? false });
  try {
    const report = build.onProgress ?? (() => undefined);
    const cleaned =
      cleaning &&
      (await cleanLines(
        corpus,
        { ...build.settings, cleaning },
        build.languages,
        turnOf('clean', report, build.signal),
      ));
    const { groups, publishedPairs = 0, ...lines } = await allotment(build, corpus, cleaned?.lines, report);
    report({ stage: 'tokenizers', share: 0 });
    const made = await tokenizersOf(build, corpus, lines, (share) => report({ stage: 'tokenizers', share }));
    const { tokenizers, vocabulary, characterCoverage, tooLong } = made;
    const pathOf = ({ key }: StoredFile) => join(build.folder, key);
    const models: TokenizerFiles = {
      source: pathOf(tokenizers.source),
      target: pathOf(tokenizers.target),
      vocabulary: vocabulary && pathOf(vocabulary),
    };
    const { source, target } = await openEncoders(models);
    const threads = Math.min(build.threads ?? 1, Math.ceil(countOf(lines) / pairsPerThread));
    const { maxTokens } = build.settings;
    const encoders = await BlockEncoders.open({ indexed: corpus.indexed, models, maxTokens }, threads);
    const { shards, skipped, overlap } = await encodePairs(build, lines, encoders, report).finally(() =>
      encoders.close(),
    );
    const pairs = {
      train: pairsOf(shards.train),
      ...(shards.dev ? { dev: pairsOf(shards.dev) } : {}),
      test: pairsOf(shards.test),
    };
    return {
      tokenizers,
      ...(vocabulary ? { vocabulary } : {}),
      vocabularySize: { source: source.size, target: target.size },
      shards,
      skipped: { tooLong: skipped.tooLong },
      findings: {
        ...(characterCoverage ? { characterCoverage } : {}),
        pairs,
        ...(cleaned ? { cleaning: cleaned.report } : {}),
        ...(groups ? { groups } : {}),
        ...(publishedPairs > 0 ? { publishedPairs } : {}),
        skipped,
        overlap,
        outsideTokenizers: tooLong,
      },
    };
  } finally {
    corpus.close();
  }
}

type Report = (progress: BuildProgress) => void;

interface BuiltTokenizers extends TrainedTokenizers {
  readonly vocabulary?: StoredFile;
  /** That new ones were trained with. */
  readonly characterCoverage?: Record<Side, number>;
}

/** Those that were given, or new ones. */
async function tokenizersOf(
  build: DatasetBuild,
  corpus: CorpusIndex,
  { train, dev = noLines, test }: Allotment,
  onShare: (share: number) => void,
): Promise<BuiltTokenizers> {
  const { settings, folder, pythonPath, signal, tokenizers } = build;
  if (tokenizers) return copyTokenizers(tokenizers, folder);
  const lines = [...train, ...dev, ...test];
  const characterCoverage = coverageOf(build, corpus, lines);
  const trained = await trainTokenizers({
    corpus,
    lines,
    vocabularySize: settings.vocabularySize,
    characterCoverage,
    folder,
    pythonPath,
    signal,
    onShare,
  });
  if (settings.vocabulary !== 'joint') return { ...trained, characterCoverage };
  const { source, target } = trained.tokenizers;
  const models = { source: join(folder, source.key), target: join(folder, target.key) };
  return { ...trained, characterCoverage, vocabulary: await writeJointVocabulary(models, folder) };
}

async function allotment(
  { settings, signal }: DatasetBuild,
  corpus: CorpusIndex,
  kept: Uint32Array | undefined,
  report: Report,
): Promise<Allotment> {
  if (settings.split !== 'grouped') return allotPairs(corpus.length, settings, kept);
  return allotGroups(corpus, settings, turnOf('groups', report, signal), kept);
}

/** Gives other work its turn, with a report of the share that is done; throws once the build is stopped. */
function turnOf(stage: BuildProgress['stage'], report: Report, signal: AbortSignal | undefined) {
  return async (share: number): Promise<void> => {
    report({ stage, share });
    await yieldToEventLoop();
    refuseIfStopped(signal);
  };
}

/** Sentences that show the script of a side whose language is unknown. */
const sentencesOfScript = 2_000;

function coverageOf(
  { settings, languages = { source: unknownLanguage, target: unknownLanguage } }: DatasetBuild,
  corpus: CorpusIndex,
  lines: readonly number[],
): Record<Side, number> {
  const { characterCoverage = { source: defaultCoverage, target: defaultCoverage } } = settings;
  if (characterCoverage !== 'by-language') return characterCoverage;
  const pairs = lines.slice(0, sentencesOfScript).map((line) => corpus.pair(line));
  const coverageBy = (side: Side) =>
    characterCoverageFor(
      languages[side],
      pairs.map((pair) => pair[side]),
    );
  return { source: coverageBy('source'), target: coverageBy('target') };
}

const noLines = new Uint32Array();

function countOf({ train, dev = noLines, test }: Allotment): number {
  return train.length + dev.length + test.length;
}

function refuseIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new Cancelled('the making of the dataset was stopped');
}

function pairsOf(shards: readonly Shard[]): number {
  return shards.reduce((sum, { pairs }) => sum + pairs, 0);
}

interface EncodedPairs extends Pick<DatasetReport, 'skipped' | 'overlap'> {
  readonly shards: { readonly train: Shard[]; readonly dev?: Shard[]; readonly test: Shard[] };
}

async function encodePairs(
  { settings: { maxTokens }, folder, signal }: DatasetBuild,
  lines: Allotment,
  encoders: BlockEncoders,
  report: Report,
): Promise<EncodedPairs> {
  const total = countOf(lines);
  const skipped = { tooLong: 0, invisible: 0 };
  const overlap = new SplitOverlap();
  let seen = 0;
  const encodeSplit = async (split: SplitName): Promise<Shard[]> => {
    const writer = new ShardWriter(split, folder);
    for await (const block of encoders.encode(lines[split] ?? noLines, split !== 'train')) {
      for (const pair of pairsIn(block)) {
        if (typeof pair === 'string') {
          skipped[pair] += 1;
          continue;
        }
        await writer.add(pair);
        if (split === 'train') overlap.train(pair);
        else if (split === 'test') overlap.holdOut(pair);
      }
      seen += block.lines.length;
      report({ stage: 'encode', share: seen / total });
      refuseIfStopped(signal);
    }
    return writer.finish();
  };
  // The test set comes first: only it is remembered.
  const test = await encodeSplit('test');
  const dev = lines.dev ? { dev: await encodeSplit('dev') } : {};
  const shards = { train: await encodeSplit('train'), ...dev, test };
  for (const split of ['train', 'dev', 'test'] as const)
    if (shards[split]?.length === 0)
      throw noPairsLeft(split, lines[split]?.length ?? 0, maxTokens, skipped.invisible);
  report({ stage: 'encode', share: 1 });
  return { shards, skipped, overlap: overlap.counts };
}

function noPairsLeft(split: SplitName, pairs: number, maxTokens: number, invisible: number): InvalidInput {
  const others =
    invisible > 0 ? `, or one of which nothing can be seen (${invisible} pairs of the corpus)` : '';
  return new InvalidInput(
    `dataset.maxTokens: ${maxTokens} leaves no pairs to ${split}: ` +
      `all ${pairs} have a longer side, in tokens${others}; choose a larger one`,
  );
}
