/** Brings a corpus into its canonical form, whatever form it came in. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { canonicalLanguage, type CorpusRecord, InvalidInput } from '@honyaku/contracts';
import { type CorpusFiles, type CorpusPlaces } from './corpus-format.ts';
import { openCorpus } from './open-corpus.ts';
import { type ReadPair, requireBothSides, type SentencePair } from './sentence-pairs.ts';

/** The digest is the sha256 of the pairs file. */
export type WrittenCorpus = Omit<CorpusRecord, 'file'> & {
  /** Pairs of a publication that lack a side and were not written; absent where there are none. */
  readonly leftOut?: number;
};

const bytesPerWrite = 1 << 16;

export interface WriteOptions {
  /** Whether pairs with an empty side are written, to be left out and counted by cleaning; else they are refused. */
  readonly keepsOneSided?: boolean;
  /** The sentences of Tatoeba in all of its languages, if not where set-up leaves them. */
  readonly tatoebaSentences?: string;
}

/**
 * Reads and checks the corpus that `source` names and writes it as a pairs file, which appears at
 * `outputPath` only when all of it was good.
 * @param baseFolder folder that the paths in `source` are relative to
 * @param tatoebaPairs where set-up left the pairs of Tatoeba
 * @throws InvalidInput naming file and line: a file absent, sides of different length, an empty side, a
 *   missing column, bytes that are not UTF-8, or no pairs at all.
 */
export async function writeCorpus(
  source: CorpusFiles,
  baseFolder: string,
  tatoebaPairs: string,
  outputPath: string,
  { keepsOneSided = false, ...others }: WriteOptions = {},
): Promise<WrittenCorpus> {
  const places: CorpusPlaces = { baseFolder, tatoebaPairs, ...others };
  const corpus = openCorpus(source, places);
  const hash = createHash('sha256');
  let bytes = 0;
  let pairs = 0;
  let leftOut = 0;
  const counted = async function* (): AsyncGenerator<Buffer> {
    const written = keepsOneSided ? corpus.pairs : withBothSides(corpus.pairs, () => (leftOut += 1));
    for await (const block of blocksOf(written)) {
      hash.update(block.bytes);
      bytes += block.bytes.length;
      pairs += block.pairs;
      yield block.bytes;
    }
    if (pairs === 0) throw new InvalidInput(`${corpus.where}: holds no sentence pairs`);
  };
  const partial = `${outputPath}.partial`;
  try {
    await pipeline(counted, createWriteStream(partial));
    await rename(partial, outputPath);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return {
    digest: hash.digest('hex'),
    bytes,
    pairs,
    name: corpus.name.slice(0, 200),
    licence: corpus.licence.slice(0, 500),
    sourceLanguage: canonicalLanguage(corpus.sourceLanguage),
    targetLanguage: canonicalLanguage(corpus.targetLanguage),
    ...(leftOut > 0 ? { leftOut } : {}),
  };
}

async function* blocksOf(
  pairs: AsyncIterable<SentencePair>,
): AsyncGenerator<{ bytes: Buffer; pairs: number }> {
  let lines: string[] = [];
  let length = 0;
  for await (const { source, target } of pairs) {
    const line = `${source}\t${target}\n`;
    lines.push(line);
    length += line.length;
    if (length >= bytesPerWrite) {
      yield { bytes: Buffer.from(lines.join('')), pairs: lines.length };
      lines = [];
      length = 0;
    }
  }
  if (lines.length > 0) yield { bytes: Buffer.from(lines.join('')), pairs: lines.length };
}

/** @throws InvalidInput for a pair that lacks a side, unless its publication does so */
async function* withBothSides(
  pairs: AsyncIterable<ReadPair>,
  leaveOut: () => void,
): AsyncGenerator<SentencePair> {
  for await (const pair of pairs)
    if (pair.mayBeLeftOut && (pair.source === '' || pair.target === '')) leaveOut();
    else yield requireBothSides(pair);
}
