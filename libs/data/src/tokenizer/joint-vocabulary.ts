/**
 * A joint vocabulary: the pieces of two SentencePiece models with common ids, as OPUS-MT's models have it, so that one
 * embedding matrix serves both sides. Its file is Marian's `vocab.json`, an object of id by piece: `</s>` 0, `<unk>` 1,
 * the pieces, and `<pad>` last. Our ids have the special tokens first, so that a piece's is Marian's + 2.
 */
import { readFile } from 'node:fs/promises';
import { Bug, Corrupt, InvalidInput, messageOf, specialTokens } from '@honyaku/contracts';
import { type ModelPieces, pieceTypes } from './model-pieces.ts';

/** Paths of a dataset's or a bundle's SentencePiece models, and of its joint vocabulary if it has one. */
export interface TokenizerFiles {
  readonly source: string;
  readonly target: string;
  readonly vocabulary?: string | undefined;
}

const firstPiece = Object.keys(specialTokens).length;
/** Ids in shards have 16 bits. */
const largestSize = 65_535;
/** How models and Marian's file name the special tokens. */
const specials = new Map<string, number>([
  ['<unk>', specialTokens.unk],
  ['<s>', specialTokens.bos],
  ['</s>', specialTokens.eos],
  ['<pad>', specialTokens.pad],
]);

export class JointVocabulary {
  readonly #ids: ReadonlyMap<string, number>;

  /** @param pieces their texts, the first of which has the id after the special tokens */
  private constructor(private readonly pieces: readonly string[]) {
    this.#ids = new Map(pieces.map((text, index) => [text, firstPiece + index]));
  }

  /**
   * The pieces of the source model, and those of the target model that are not among them.
   * @throws InvalidInput when they are too many for a shard
   */
  static unionOf(source: ModelPieces, target: ModelPieces): JointVocabulary {
    const textsOf = ({ pieces }: ModelPieces): string[] =>
      pieces
        .filter(({ type, text }) => type === pieceTypes.normal && !specials.has(text))
        .map(({ text }) => text);
    const union = new JointVocabulary([...new Set([...textsOf(source), ...textsOf(target)])]);
    if (union.size > largestSize)
      throw new InvalidInput(
        `dataset.vocabulary: the joint vocabulary of ${source.pieces.length} source and ` +
          `${target.pieces.length} target tokens has ${union.size}; at most ${largestSize} are allowed: choose ` +
          'smaller sizes in dataset.vocabularySize',
      );
    return union;
  }

  /** @throws Corrupt when the file is absent or not a `vocab.json` */
  static async open(path: string): Promise<JointVocabulary> {
    let entries: [string, unknown][];
    try {
      const value: unknown = JSON.parse(await readFile(path, 'utf8'));
      entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    } catch (cause) {
      throw new Corrupt(`${path}: cannot be read (${messageOf(cause)})`, { cause });
    }
    const texts: (string | undefined)[] = new Array<undefined>(entries.length).fill(undefined);
    for (const [text, id] of entries) {
      if (typeof id !== 'number' || !(id in texts) || texts[id] !== undefined)
        throw new Corrupt(`${path}: the id of ${text} must be a number of its own below ${texts.length}`);
      texts[id] = text;
    }
    const [end, unknown, ...pieces] = texts.filter((text) => text !== undefined);
    if (end !== '</s>' || unknown !== '<unk>' || pieces.pop() !== '<pad>')
      throw new Corrupt(
        `${path}: must have </s> at 0, <unk> at 1 and <pad> at the end, as Marian's vocab.json`,
      );
    return new JointVocabulary(pieces);
  }

  /** Tokens, special ones included; ids are below it. */
  get size(): number {
    return firstPiece + this.pieces.length;
  }

  /** The text of its file. An object would have pieces that are numbers before the others. */
  get json(): string {
    const texts = ['</s>', '<unk>', ...this.pieces, '<pad>'];
    return `{\n${texts.map((text, id) => `  ${JSON.stringify(text)}: ${id}`).join(',\n')}\n}\n`;
  }

  /** Id of a piece; that of unk when the vocabulary lacks it. */
  idOf(text: string): number {
    return this.#ids.get(text) ?? specialTokens.unk;
  }

  /** The joint id of each piece of a model; pieces that the vocabulary lacks are unknown. */
  idsOf({ pieces }: ModelPieces): Uint16Array {
    return Uint16Array.from(pieces, ({ text, type }) => {
      if (type === pieceTypes.normal) return this.idOf(text);
      return specials.get(text) ?? specialTokens.unk;
    });
  }

  /**
   * Text of the ids as SentencePiece decodes pieces, those also that only the other side's model has; special tokens
   * (all but unk) are passed over.
   */
  decode(ids: readonly number[]): string {
    const texts = ids.map((id) => this.#textOf(id));
    return texts.join('').replace(/^▁+/, '').replaceAll('▁', ' ');
  }

  #textOf(id: number): string {
    if (id === specialTokens.unk) return unknownText;
    const text = id < firstPiece ? '' : this.pieces[id - firstPiece];
    if (text === undefined || id < 0) throw new Bug(`token id ${id} is not in a vocabulary of ${this.size}`);
    return text;
  }
}

/** SentencePiece's. */
const unknownText = ' ⁇ ';
