/** Encoding of a block of pairs, and its result in a form that threads hand to each other without copying it. */
import { type DatasetReport } from '@honyaku/contracts';
import { isInvisible, type SentencePair } from '../corpus/sentence-pairs.ts';
import { type Encoder } from '../tokenizer/unigram-encoder.ts';
import { type CorpusIndex } from './corpus-index.ts';
import { type EncodedPair } from './shard-writer.ts';

export type SkipReason = keyof DatasetReport['skipped'];

export interface BlockRequest {
  /** Lines of the corpus, counted from 0. */
  readonly lines: Uint32Array<ArrayBuffer>;
  /** Whether the result has the sentences, too. */
  readonly withText: boolean;
}

export interface EncodedBlock {
  readonly lines: Uint32Array<ArrayBuffer>;
  /** Of each source and each target in turn; of pairs that are left out there are none. */
  readonly ids: Uint16Array<ArrayBuffer>;
  /** How many of them each source and each target in turn has. */
  readonly lengths: Uint32Array<ArrayBuffer>;
  /** Why each pair is left out, or undefined. */
  readonly skipped: readonly (SkipReason | undefined)[];
  /** Of each pair, if they were asked for. */
  readonly texts: readonly SentencePair[];
}

export interface BlockContext {
  readonly corpus: CorpusIndex;
  readonly encode: { readonly source: Encoder; readonly target: Encoder };
  /** A pair with a longer side, in tokens without bos and eos, is left out. */
  readonly maxTokens: number;
}

/** @throws InvalidInput with file and line when the corpus does not hold pairs */
export function encodeBlock(
  { corpus, encode, maxTokens }: BlockContext,
  { lines, withText }: BlockRequest,
): EncodedBlock {
  const sides: (readonly number[])[] = [];
  const skipped: (SkipReason | undefined)[] = [];
  const texts: SentencePair[] = [];
  for (const line of lines) {
    const pair = corpus.pair(line);
    const source = encode.source(pair.source);
    const target = encode.target(pair.target);
    const reason = reasonToSkip(pair, source.length, target.length, maxTokens);
    skipped.push(reason);
    if (reason) sides.push([], []);
    else sides.push(source, target);
    if (withText) texts.push(pair);
  }
  const lengths = Uint32Array.from(sides, (side) => side.length);
  const ids = new Uint16Array(lengths.reduce((sum, length) => sum + length, 0));
  let start = 0;
  for (const side of sides) {
    ids.set(side, start);
    start += side.length;
  }
  return { lines, ids, lengths, skipped, texts };
}

function reasonToSkip(
  { source, target }: SentencePair,
  sourceTokens: number,
  targetTokens: number,
  maxTokens: number,
): SkipReason | undefined {
  if (sourceTokens > maxTokens || targetTokens > maxTokens) return 'tooLong';
  const nothing = sourceTokens === 0 || targetTokens === 0;
  return nothing || isInvisible(source) || isInvisible(target) ? 'invisible' : undefined;
}

/** The pairs of a block in their order; of one that is left out, why. */
export function* pairsIn(block: EncodedBlock): Generator<EncodedPair | SkipReason> {
  let start = 0;
  const take = (length = 0): Uint16Array => block.ids.subarray(start, (start += length));
  for (const [at, line] of block.lines.entries()) {
    const sourceIds = take(block.lengths[2 * at]);
    const targetIds = take(block.lengths[2 * at + 1]);
    yield block.skipped[at] ?? { line, sourceIds, targetIds, text: block.texts[at] };
  }
}
