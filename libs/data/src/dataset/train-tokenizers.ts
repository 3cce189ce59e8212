/** The two vocabularies of a dataset, trained side by side on the chosen pairs. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { type DatasetSettings, InvalidInput, type StoredFile } from '@honyaku/contracts';
import { trainSentencePiece } from '../tokenizer/train-sentencepiece.ts';
import { isInvisible } from '../corpus/sentence-pairs.ts';
import { type CorpusIndex } from './corpus-index.ts';
import { storedFileOf } from './stored-file.ts';

export type Side = 'source' | 'target';

export interface TokenizerTraining {
  readonly corpus: CorpusIndex;
  /** Lines of the corpus to train on. */
  readonly lines: readonly number[];
  readonly vocabularySize: DatasetSettings['vocabularySize'];
  readonly characterCoverage: Record<Side, number>;
  /** `source.model` and `target.model` are written here. */
  readonly folder: string;
  readonly pythonPath: string;
  readonly signal?: AbortSignal | undefined;
  /** Called with the share that is done, 0 to 1. */
  readonly onShare: (share: number) => void;
}

const linesPerBlock = 500;

/** SentencePiece leaves longer sentences out: its default. Another would stand in every model and change its bytes. */
const longestSentenceBytes = 4192;

export interface TrainedTokenizers {
  readonly tokenizers: Record<Side, StoredFile>;
  /** Sentences that SentencePiece left out because of their length. */
  readonly tooLong: Record<Side, number>;
}

/**
 * Sentences of which nothing can be seen are left out.
 * @throws InvalidInput when no sentence of a side is left for SentencePiece, and what `trainSentencePiece` throws;
 *   the first failure stops the other training.
 */
export async function trainTokenizers(training: TokenizerTraining): Promise<TrainedTokenizers> {
  const { corpus, lines, vocabularySize, characterCoverage, folder, pythonPath, signal, onShare } = training;
  const temporaryFolder = await mkdtemp(join(folder, 'sentencepiece-'));
  const stop = new AbortController();
  const signals = AbortSignal.any(signal ? [signal, stop.signal] : [stop.signal]);
  let done = 0;
  const tooLong = { source: 0, target: 0 };
  const train = async (side: Side): Promise<StoredFile> => {
    try {
      let left = 0;
      const sentences = blocksOf(corpus, lines, side, (sentence) => {
        if (Buffer.byteLength(sentence) > longestSentenceBytes) tooLong[side] += 1;
        else left += 1;
      });
      await pipeline(sentences, createWriteStream(join(temporaryFolder, `${side}.txt`)));
      if (left === 0)
        throw new InvalidInput(
          `corpus: there is no ${side} sentence to train a tokenizer on; split long ones`,
        );
      await trainSentencePiece({
        side,
        vocabularySize: vocabularySize[side],
        characterCoverage: characterCoverage[side],
        folder: temporaryFolder,
        pythonPath,
        signal: signals,
      });
    } catch (error) {
      stop.abort();
      throw tooLong[side] > 0 && error instanceof InvalidInput ? withLengths(error, side) : error;
    }
    done += 1;
    onShare(done / 2);
    const key = `${side}.model`;
    await rename(join(temporaryFolder, key), join(folder, key));
    return storedFileOf(key, await readFile(join(folder, key)));
  };
  const withLengths = (error: InvalidInput, side: Side): InvalidInput =>
    new InvalidInput(
      `${error.message} (of ${lines.length} ${side} sentences ${tooLong[side]} are longer than ` +
        `${longestSentenceBytes} bytes, which SentencePiece leaves out)`,
      { cause: error },
    );
  const trainings = [train('source'), train('target')] as const;
  try {
    const [source, target] = await Promise.all(trainings);
    return { tokenizers: { source, target }, tooLong };
  } finally {
    await Promise.allSettled(trainings);
    await rm(temporaryFolder, { recursive: true, force: true });
  }
}

async function* blocksOf(
  corpus: CorpusIndex,
  lines: readonly number[],
  side: Side,
  look: (sentence: string) => void,
): AsyncGenerator<string> {
  for (let start = 0; start < lines.length; start += linesPerBlock) {
    yield lines
      .slice(start, start + linesPerBlock)
      .map((line) => corpus.pair(line)[side])
      .filter((sentence) => !isInvisible(sentence))
      .map((sentence) => {
        look(sentence);
        return `${sentence}\n`;
      })
      .join('');
    await yieldToEventLoop();
  }
}
