/** From a corpus to a dataset: two tokenizers and the token shards of the train and test splits. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as otherWork } from 'node:timers/promises';
import { Cancelled, type DatasetManifest, type DatasetSettings, InvalidInput } from '@honyaku/contracts';
import { openTokenizer, type Tokenizer } from '../tokenizer/tokenizer.ts';
import { type Allotment, allotPairs } from './allot-pairs.ts';
import { CorpusIndex } from './corpus-index.ts';
import { type Shard, ShardWriter, type SplitName } from './shard-writer.ts';
import { type Side, trainTokenizers } from './train-tokenizers.ts';

export interface DatasetBuild {
  /** A pairs file, as `writeCorpus` writes it. */
  readonly corpusFile: string;
  readonly settings: DatasetSettings;
  /** Where the files go; made when absent. Shards and models in it are overwritten. */
  readonly folder: string;
  /** For PYTHONPATH: the folder that holds the Python package sentencepiece. */
  readonly pythonPath: string;
  readonly onProgress?: ((progress: BuildProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface BuildProgress {
  readonly stage: 'tokenizers' | 'encode';
  /** 0 to 1. */
  readonly share: number;
}

/** The build's part of the manifest; file keys are names in the folder. */
export type BuiltDataset = Pick<DatasetManifest, 'tokenizers' | 'vocabularySize' | 'shards' | 'skipped'>;

/** Encoding holds the thread; between blocks of this many pairs other work gets its turn. */
const pairsPerTurn = 200;

/**
 * Trains the vocabularies on all chosen pairs, as the notebook does, and encodes and splits the pairs. The
 * same corpus and settings give the same bytes of every file.
 * @throws InvalidInput when the corpus is too small for the vocabularies or nothing of a split is left.
 * @throws Unavailable when Python or its package sentencepiece is absent.
 */
export async function buildDataset(build: DatasetBuild): Promise<BuiltDataset> {
  await mkdir(build.folder, { recursive: true });
  const corpus = await CorpusIndex.open(build.corpusFile);
  try {
    const lines = allotPairs(corpus.length, build.settings);
    const report = build.onProgress ?? (() => undefined);
    report({ stage: 'tokenizers', share: 0 });
    const tokenizers = await trainTokenizers({
      corpus,
      lines: [...lines.train, ...lines.test],
      vocabularySize: build.settings.vocabularySize,
      folder: build.folder,
      pythonPath: build.pythonPath,
      signal: build.signal,
      onShare: (share) => report({ stage: 'tokenizers', share }),
    });
    const models = {
      source: await openTokenizer(join(build.folder, tokenizers.source.key)),
      target: await openTokenizer(join(build.folder, tokenizers.target.key)),
    };
    const encoded = await encodePairs(build, corpus, lines, models, report);
    const vocabularySize = { source: models.source.size, target: models.target.size };
    return { tokenizers, vocabularySize, ...encoded };
  } finally {
    corpus.close();
  }
}

type Report = (progress: BuildProgress) => void;

async function encodePairs(
  { settings: { maxTokens }, folder, signal }: DatasetBuild,
  corpus: CorpusIndex,
  lines: Allotment,
  tokenizers: Record<Side, Tokenizer>,
  report: Report,
): Promise<Pick<BuiltDataset, 'shards' | 'skipped'>> {
  const total = lines.train.length + lines.test.length;
  let seen = 0;
  let tooLong = 0;
  const encodeSplit = async (split: SplitName): Promise<Shard[]> => {
    const writer = new ShardWriter(split, folder);
    for (const line of lines[split]) {
      const { source, target } = corpus.pair(line);
      const sourceIds = tokenizers.source.encode(source);
      const targetIds = tokenizers.target.encode(target);
      if (sourceIds.length > maxTokens || targetIds.length > maxTokens) tooLong += 1;
      else await writer.add({ line, sourceIds, targetIds, sourceText: source, targetText: target });
      seen += 1;
      if (seen % pairsPerTurn === 0) {
        report({ stage: 'encode', share: seen / total });
        await otherWork();
        if (signal?.aborted) throw new Cancelled('the making of the dataset was stopped');
      }
    }
    const shards = await writer.finish();
    if (shards.length === 0)
      throw new InvalidInput(
        `dataset.maxTokens: ${maxTokens} leaves no pairs to ${split}: ` +
          `all ${lines[split].length} have a longer side, in tokens; choose a larger one`,
      );
    return shards;
  };
  const shards = { train: await encodeSplit('train'), test: await encodeSplit('test') };
  report({ stage: 'encode', share: 1 });
  return { shards, skipped: { tooLong } };
}
