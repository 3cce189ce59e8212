/** The two vocabularies of a dataset, trained side by side on the chosen pairs. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setImmediate as otherWork } from 'node:timers/promises';
import { type DatasetSettings, type StoredFile } from '@honyaku/contracts';
import { trainSentencePiece } from '../tokenizer/train-sentencepiece.ts';
import { type CorpusIndex } from './corpus-index.ts';

export type Side = 'source' | 'target';

export interface TokenizerTraining {
  readonly corpus: CorpusIndex;
  /** Lines of the corpus to train on. */
  readonly lines: readonly number[];
  readonly vocabularySize: DatasetSettings['vocabularySize'];
  /** `source.model` and `target.model` are written here. */
  readonly folder: string;
  readonly pythonPath: string;
  readonly signal?: AbortSignal | undefined;
  /** Told the share that is done, 0 to 1. */
  readonly onShare: (share: number) => void;
}

const linesPerBlock = 500;

/** @throws what `trainSentencePiece` throws; the first failure stops the other training. */
export async function trainTokenizers(training: TokenizerTraining): Promise<Record<Side, StoredFile>> {
  const { corpus, lines, vocabularySize, folder, pythonPath, signal, onShare } = training;
  const workshop = await mkdtemp(join(folder, 'sentencepiece-'));
  const stop = new AbortController();
  const signals = AbortSignal.any(signal ? [signal, stop.signal] : [stop.signal]);
  let done = 0;
  const train = async (side: Side): Promise<StoredFile> => {
    try {
      await pipeline(blocksOf(corpus, lines, side), createWriteStream(join(workshop, `${side}.txt`)));
      await trainSentencePiece({
        side,
        vocabularySize: vocabularySize[side],
        folder: workshop,
        pythonPath,
        signal: signals,
      });
    } catch (error) {
      stop.abort();
      throw error;
    }
    done += 1;
    onShare(done / 2);
    const key = `${side}.model`;
    await rename(join(workshop, key), join(folder, key));
    const bytes = await readFile(join(folder, key));
    return { key, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const trainings = [train('source'), train('target')] as const;
  try {
    const [source, target] = await Promise.all(trainings);
    return { source, target };
  } finally {
    await Promise.allSettled(trainings);
    await rm(workshop, { recursive: true, force: true });
  }
}

async function* blocksOf(corpus: CorpusIndex, lines: readonly number[], side: Side): AsyncGenerator<string> {
  for (let start = 0; start < lines.length; start += linesPerBlock) {
    yield lines
      .slice(start, start + linesPerBlock)
      .map((line) => `${corpus.pair(line)[side]}\n`)
      .join('');
    await otherWork();
  }
}
