/**
 * What a SentencePiece model file says of its pieces and of the text that they spell. Numbers of fields and enums are those of
 * https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto.
 */
import { Corrupt } from '@honyaku/contracts';

export const modelTypes = { unigram: 1, BPE: 2, word: 3, character: 4 } as const;
export const pieceTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

export interface ModelPiece {
  /** As in the model: ▁ stands for a space. */
  readonly text: string;
  /** Of a unigram model, the natural logarithm of its probability. */
  readonly score: number;
  /** One of `pieceTypes`. */
  readonly type: number;
}

/** How text is brought into the form that the pieces spell. */
export interface NormalizerSettings {
  /** The compiled rules, as `readCharsmap` reads them; empty when there are none. */
  readonly charsmap: Uint8Array;
  /** Text begins as if a space stood before it. */
  readonly addDummyPrefix: boolean;
  /** One space between words, and none around the text. */
  readonly removeExtraWhitespaces: boolean;
  /** A space becomes ▁. */
  readonly escapeWhitespaces: boolean;
}

export interface ModelPieces {
  /** One of `modelTypes`. */
  readonly modelType: number;
  /** Words have their space behind them, not before. */
  readonly treatWhitespaceAsSuffix: boolean;
  /** Characters in no piece become pieces of bytes, not the unknown piece. */
  readonly byteFallback: boolean;
  readonly normalizer: NormalizerSettings;
  /** A piece's place is its token id. */
  readonly pieces: readonly ModelPiece[];
}

const modelFields = { pieces: 1, trainerSpec: 2, normalizerSpec: 3 } as const;
const pieceFields = { text: 1, score: 2, type: 3 } as const;
const trainerFields = { modelType: 3, treatWhitespaceAsSuffix: 24, byteFallback: 35 } as const;
const normalizerFields = {
  charsmap: 2,
  addDummyPrefix: 3,
  removeExtraWhitespaces: 4,
  escapeWhitespaces: 5,
} as const;
const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/**
 * Pieces and settings of a model; what the file leaves out has the defaults of the schema.
 * @throws Corrupt when the bytes are not a whole model.
 */
export function readModelPieces(model: Uint8Array, name: string): ModelPieces {
  const pieces: ModelPiece[] = [];
  let trainer = new Map<number, Field>();
  let normalizer = new Map<number, Field>();
  for (const field of fieldsOf(model, name)) {
    if (field.number === modelFields.pieces) pieces.push(pieceOf(bytesOf(field, name), name));
    else if (field.number === modelFields.trainerSpec) trainer = settingsOf(field, name);
    else if (field.number === modelFields.normalizerSpec) normalizer = settingsOf(field, name);
  }
  if (pieces.length === 0) throw notAModel(name);
  const number = (field: Field | undefined, otherwise: number): number =>
    field ? varintOf(field, name) : otherwise;
  const flag = (field: Field | undefined, otherwise: boolean): boolean =>
    number(field, Number(otherwise)) !== 0;
  const charsmap = normalizer.get(normalizerFields.charsmap);
  return {
    modelType: number(trainer.get(trainerFields.modelType), modelTypes.unigram),
    treatWhitespaceAsSuffix: flag(trainer.get(trainerFields.treatWhitespaceAsSuffix), false),
    byteFallback: flag(trainer.get(trainerFields.byteFallback), false),
    normalizer: {
      charsmap: charsmap ? bytesOf(charsmap, name) : new Uint8Array(),
      addDummyPrefix: flag(normalizer.get(normalizerFields.addDummyPrefix), true),
      removeExtraWhitespaces: flag(normalizer.get(normalizerFields.removeExtraWhitespaces), true),
      escapeWhitespaces: flag(normalizer.get(normalizerFields.escapeWhitespaces), true),
    },
    pieces,
  };
}

/** Fields of a message by their numbers; of one that is repeated, the last. */
function settingsOf(message: Field, name: string): Map<number, Field> {
  return new Map(Array.from(fieldsOf(bytesOf(message, name), name), (field) => [field.number, field]));
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function pieceOf(bytes: Uint8Array, name: string): ModelPiece {
  let text = '';
  let score = 0;
  let type: number = pieceTypes.normal;
  for (const field of fieldsOf(bytes, name)) {
    if (field.number === pieceFields.text) text = textOf(field, name);
    else if (field.number === pieceFields.score) score = floatOf(field, name);
    else if (field.number === pieceFields.type) type = varintOf(field, name);
  }
  if (text === '' || !Number.isFinite(score)) throw notAModel(name);
  return { text, score, type };
}

/** A field of a message; `value` is a number for varints, else the bytes. */
interface Field {
  readonly number: number;
  readonly wireType: number;
  readonly value: number | Uint8Array;
}

/** The encoding is that of https://protobuf.dev/programming-guides/encoding/. */
function* fieldsOf(message: Uint8Array, name: string): Generator<Field> {
  let position = 0;
  const varint = (): number => {
    for (let value = 0, scale = 1, length = 0; length < 10; length += 1, scale *= 128) {
      const byte = message[position];
      if (byte === undefined) break;
      position += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw notAModel(name);
  };
  const take = (length: number): Uint8Array => {
    if (length > message.length - position) throw notAModel(name);
    position += length;
    return message.subarray(position - length, position);
  };
  while (position < message.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (number === 0) throw notAModel(name);
    if (wireType === wireTypes.varint) yield { number, wireType, value: varint() };
    else if (wireType === wireTypes.bytes) yield { number, wireType, value: take(varint()) };
    else if (wireType === wireTypes.fixed64) yield { number, wireType, value: take(8) };
    else if (wireType === wireTypes.fixed32) yield { number, wireType, value: take(4) };
    else throw notAModel(name);
  }
}

function varintOf({ value }: Field, name: string): number {
  if (typeof value !== 'number') throw notAModel(name);
  return value;
}

function bytesOf({ wireType, value }: Field, name: string): Uint8Array {
  if (typeof value === 'number' || wireType !== wireTypes.bytes) throw notAModel(name);
  return value;
}

function floatOf({ wireType, value }: Field, name: string): number {
  if (typeof value === 'number' || wireType !== wireTypes.fixed32) throw notAModel(name);
  return new DataView(value.buffer, value.byteOffset, value.byteLength).getFloat32(0, true);
}

function textOf(field: Field, name: string): string {
  try {
    return utf8.decode(bytesOf(field, name));
  } catch (cause) {
    throw notAModel(name, cause);
  }
}

function notAModel(name: string, cause?: unknown): Corrupt {
  return new Corrupt(`${name}: is not a SentencePiece model, or only a part of one`, { cause });
}
