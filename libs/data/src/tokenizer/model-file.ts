/** Just enough of a SentencePiece model file, which is a protocol buffer, to know that it is one. */
import { Corrupt } from '@honyaku/contracts';

const piecesField = 1;
const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/**
 * The number of pieces in a model (`repeated SentencePiece pieces = 1` of sentencepiece_model.proto).
 * @throws Corrupt when the bytes are not a whole model.
 */
export function countPieces(model: Uint8Array, name: string): number {
  let position = 0;
  let pieces = 0;
  const varint = (): number => {
    for (let value = 0, scale = 1, length = 0; length < 10; length += 1, scale *= 128) {
      const byte = model[position];
      if (byte === undefined) break;
      position += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw notAModel(name);
  };
  while (position < model.length) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === wireTypes.bytes) {
      const length = varint();
      position += length;
    } else if (wireType === wireTypes.varint) varint();
    else if (wireType === wireTypes.fixed64) position += 8;
    else if (wireType === wireTypes.fixed32) position += 4;
    else throw notAModel(name);
    if (Math.floor(tag / 8) === piecesField) pieces += 1;
  }
  if (position !== model.length || pieces === 0) throw notAModel(name);
  return pieces;
}

function notAModel(name: string): Corrupt {
  return new Corrupt(`${name}: is not a SentencePiece model, or only a part of one`);
}
