/**
 * What a SentencePiece model file says of its pieces. Numbers of fields and enums are those of
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

export interface ModelPieces {
  /** One of `modelTypes`. */
  readonly modelType: number;
  /** A piece's place is its token id. */
  readonly pieces: readonly ModelPiece[];
}

const modelFields = { pieces: 1, trainerSpec: 2 } as const;
const pieceFields = { text: 1, score: 2, type: 3 } as const;
const trainerFields = { modelType: 3 } as const;
const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/**
 * Pieces and type of a model; what the file leaves out has the defaults of the schema.
 * @throws Corrupt when the bytes are not a whole model.
 */
export function readModelPieces(model: Uint8Array, name: string): ModelPieces {
  const pieces: ModelPiece[] = [];
  let modelType: number = modelTypes.unigram;
  for (const field of fieldsOf(model, name)) {
    if (field.number === modelFields.pieces) pieces.push(pieceOf(bytesOf(field, name), name));
    else if (field.number === modelFields.trainerSpec)
      for (const setting of fieldsOf(bytesOf(field, name), name))
        if (setting.number === trainerFields.modelType) modelType = varintOf(setting, name);
  }
  if (pieces.length === 0) throw notAModel(name);
  return { modelType, pieces };
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
