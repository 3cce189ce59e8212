/**
 * Text to token ids by a unigram model: the most probable segmentation, found by the Viterbi algorithm as in
 * `EncodeOptimized` of https://github.com/google/sentencepiece/blob/master/src/unigram_model.cc, with the same ids for
 * the same text. Its WebAssembly (sentencepiece-js) takes 2.6 times as long.
 */
import { readFile } from 'node:fs/promises';
import { Corrupt, InvalidInput, messageOf } from '@honyaku/contracts';
import { JointVocabulary, type TokenizerFiles } from './joint-vocabulary.ts';
import { type ModelPieces, modelTypes, pieceTypes, readModelPieces } from './model-pieces.ts';
import { normalizerOf } from './normalizer.ts';
import { none, PieceTrie } from './piece-trie.ts';

/** Ids of the text without bos and eos; empty text has none, and half a UTF-16 pair reads as U+FFFD. */
export type Encoder = (text: string) => number[];

export interface OpenEncoder {
  /** Pieces in the vocabulary; ids are below it. */
  readonly size: number;
  readonly encode: Encoder;
}

/**
 * Opens a model that `buildDataset` trained.
 * @param vocabulary the file of a joint vocabulary, whose ids then take the place of the model's
 * @throws Corrupt when a file is absent or not a whole SentencePiece model or vocabulary; InvalidInput when the model is
 *   of another kind.
 */
export async function openEncoder(modelPath: string, vocabulary?: string): Promise<OpenEncoder> {
  const model = await readFile(modelPath).catch((cause: unknown) => {
    throw new Corrupt(`${modelPath}: cannot be read (${messageOf(cause)})`, { cause });
  });
  const pieces = readModelPieces(model, modelPath);
  const joint = vocabulary === undefined ? undefined : await JointVocabulary.open(vocabulary);
  const size = joint?.size ?? pieces.pieces.length;
  return { size, encode: unigramEncoder(pieces, modelPath, joint) };
}

/** Opens the models of both sides. @throws what `openEncoder` throws */
export async function openEncoders({
  source,
  target,
  vocabulary,
}: TokenizerFiles): Promise<{ readonly source: OpenEncoder; readonly target: OpenEncoder }> {
  const opened = [openEncoder(source, vocabulary), openEncoder(target, vocabulary)] as const;
  const [openSource, openTarget] = await Promise.all(opened);
  return { source: openSource, target: openTarget };
}

/** A character in no piece costs this much more than the least probable piece. */
const unknownPenalty = 10;

/**
 * @param name how errors call the model
 * @param joint whose ids take the place of the model's; neighbouring characters in no piece of the model are looked up
 *   there as one piece, which the other side's model may have, as MarianTokenizer does
 * @throws InvalidInput when the model is of another kind than `trainSentencePiece` makes; Corrupt when it is damaged.
 */
export function unigramEncoder(model: ModelPieces, name: string, joint?: JointVocabulary): Encoder {
  refuseOtherKinds(model, name);
  const { pieces } = model;
  const normalize = normalizerOf(model.normalizer.charsmap, name);
  const normal = pieces.flatMap(({ text, type }, id) => (type === pieceTypes.normal ? [{ text, id }] : []));
  const trie = new PieceTrie(normal);
  const scores = Float32Array.from(pieces, ({ score }) => score);
  const unknown = pieces.findIndex(({ type }) => type === pieceTypes.unknown);
  if (unknown < 0) throw new Corrupt(`${name}: has no unknown piece`);
  const unknownScore = Math.fround(
    normal.reduce((least, { id }) => Math.min(least, scores[id] ?? 0), Infinity) - unknownPenalty,
  );
  const tokens = {
    ids: joint?.idsOf(model) ?? Uint16Array.from(pieces.keys()),
    unknown: (text: Uint16Array) => joint?.idOf(stringOf(text)) ?? unknown,
  };
  const segmentation = new Segmentation(trie, scores, unknown, unknownScore, tokens);
  return (text) => {
    const { units, length } = normalize(text.toWellFormed());
    return segmentation.of(units, length);
  };
}

/** Of UTF-16 code units, however many. */
const stringOf = ({ buffer, byteOffset, byteLength }: Uint16Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('utf16le');

/** What pieces become. */
interface Tokens {
  readonly ids: Uint16Array;
  /** Of neighbouring characters in no piece. */
  readonly unknown: (text: Uint16Array) => number;
}

/** The Viterbi algorithm; its arrays serve one text after the other. */
class Segmentation {
  /** Of the most probable segmentation up to each place: its score, and its last piece with the place where it starts. */
  #best = new Float32Array(0);
  #starts = new Int32Array(0);
  #ids = new Int32Array(0);

  constructor(
    private readonly trie: PieceTrie,
    private readonly scores: Float32Array,
    private readonly unknown: number,
    private readonly unknownScore: number,
    private readonly tokens: Tokens,
  ) {}

  of(units: Uint16Array, length: number): number[] {
    const { scores, unknown, tokens } = this;
    const { symbols, base, parent, piece } = this.trie;
    if (length >= this.#best.length) {
      this.#best = new Float32Array(2 * length + 1);
      this.#starts = new Int32Array(2 * length + 1);
      this.#ids = new Int32Array(2 * length + 1);
    }
    const best = this.#best;
    const starts = this.#starts;
    const ids = this.#ids;
    best.fill(-Infinity, 0, length + 1);
    best[0] = 0;
    for (let start = 0; start < length;) {
      const before = best[start] ?? 0;
      const next = start + (isHighSurrogate(units[start] ?? 0) ? 2 : 1);
      let isPiece = false;
      for (let node = 0, end = start; end < length;) {
        const child = (base[node] ?? 0) + (symbols[units[end] ?? 0] ?? 0);
        if (parent[child] !== node) break;
        node = child;
        end += 1;
        const id = piece[node] ?? none;
        if (id === none) continue;
        isPiece ||= end === next;
        const score = before + (scores[id] ?? 0);
        if (score <= (best[end] ?? 0)) continue;
        best[end] = score;
        starts[end] = start;
        ids[end] = id;
      }
      // A longer piece that starts before may reach the same place with a better score.
      if (!isPiece && Math.fround(before + this.unknownScore) > (best[next] ?? 0)) {
        best[next] = before + this.unknownScore;
        starts[next] = start;
        ids[next] = unknown;
      }
      start = next;
    }
    const path: number[] = [];
    for (let end = length; end > 0;) {
      const id = ids[end] ?? unknown;
      let start = starts[end] ?? 0;
      if (id !== unknown) path.push(tokens.ids[id] ?? id);
      else {
        // Neighbours that are unknown are one.
        while (start > 0 && ids[start] === unknown) start = starts[start] ?? 0;
        path.push(tokens.unknown(units.subarray(start, end)));
      }
      end = start;
    }
    return path.reverse();
  }
}

const isHighSurrogate = (unit: number): boolean => (unit & 0xfc00) === 0xd800;

/** What other models do to text, or with it, does not stand here. */
function refuseOtherKinds(model: ModelPieces, name: string): void {
  const { modelType, pieces, byteFallback, treatWhitespaceAsSuffix, normalizer } = model;
  const { addDummyPrefix, removeExtraWhitespaces, escapeWhitespaces } = normalizer;
  const typeName = Object.entries(modelTypes).find(([, type]) => type === modelType)?.[0] ?? modelType;
  const has = (type: number): boolean => pieces.some((piece) => piece.type === type);
  const isDefaultSpacing = addDummyPrefix && removeExtraWhitespaces && escapeWhitespaces;
  const others: readonly (readonly [boolean, string])[] = [
    [modelType !== modelTypes.unigram, `is of type ${typeName}`],
    [byteFallback || has(pieceTypes.byte), 'falls back to bytes'],
    [treatWhitespaceAsSuffix || !isDefaultSpacing, 'treats spaces in another way'],
    [has(pieceTypes.userDefined), 'has pieces that its user defined'],
  ];
  for (const [isOther, what] of others)
    if (isOther)
      throw new InvalidInput(
        `${name}: the tokenizer ${what}; only SentencePiece unigram models as trained here can encode`,
      );
}
