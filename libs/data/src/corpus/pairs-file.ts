/**
 * The canonical form of a corpus: a UTF-8 file of one pair a line, source TAB target LF. A side may be empty: cleaning
 * leaves such pairs out and counts them.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type CorpusRecord, InvalidInput } from '@honyaku/contracts';
import { invalidLine } from './reading-problems.ts';
import { type SentencePair, tidySentence } from './sentence-pairs.ts';
import { readLines } from './text-lines.ts';

/** What a pairs file holds; the digest is the sha256 of its bytes. */
export type PairsFile = Pick<CorpusRecord, 'digest' | 'bytes' | 'pairs'>;

/**
 * Checks a file that claims to be a pairs file.
 * @param name how errors call the file
 * @throws InvalidInput naming the line that is not a pair in UTF-8, or that there is none.
 */
export async function validateCorpusFile(path: string, name: string = path): Promise<PairsFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  let pairs = 0;
  const measured = async function* (): AsyncGenerator<Buffer> {
    const stream: AsyncIterable<Buffer> = createReadStream(path);
    for await (const chunk of stream) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  for await (const line of readLines({ name, open: () => Promise.resolve(measured()) })) {
    splitPair(line.text, name, line.number);
    pairs += 1;
  }
  if (pairs === 0) throw new InvalidInput(`${name}: holds no sentence pairs`);
  return { digest: hash.digest('hex'), bytes, pairs };
}

/** @throws InvalidInput unless the line is two sentences with one tab between them. */
export function parsePair(line: string, name: string, number: number): SentencePair {
  const pair = splitPair(line, name, number);
  for (const side of ['source', 'target'] as const)
    if (pair[side] === '')
      throw invalidLine(name, number, `the ${side} sentence is empty; it must hold a sentence`);
  return pair;
}

/** The same for sides that may be empty, which cleaning leaves out. @throws InvalidInput unless there is one tab */
export function splitPair(line: string, name: string, number: number): SentencePair {
  if (line === '') throw invalidLine(name, number, 'the line is empty');
  const cells = line.split('\t');
  const [source, target] = cells;
  if (source === undefined || target === undefined || cells.length !== 2)
    throw invalidLine(
      name,
      number,
      `must be two sentences with one tab between them, but has ${cells.length - 1} tabs`,
    );
  return { source: tidySentence(source), target: tidySentence(target) };
}
