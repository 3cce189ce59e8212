/**
 * The rows of Marian's one embedding matrix, in the order of its `vocab.json`: `</s>`, `<unk>`, the pieces, and last the
 * token from which the decoder starts, which Hugging Face calls `<pad>`. Everywhere else token ids are ours.
 */
import { specialTokens } from '@honyaku/contracts';

/** Ids below it are special tokens. */
const firstPiece = Math.max(...Object.values(specialTokens)) + 1;
const firstPieceRow = 2;

export interface TokenOrder {
  /** Rows of the matrix: our padding has none. */
  readonly rows: number;
  /** The decoder's first token. */
  readonly startRow: number;
  /** The row of a token; padding, which no score counts, gets Marian's. */
  readonly rowOf: (id: number) => number;
}

/** @param vocabularySize of our ids */
export function tokenOrder(vocabularySize: number): TokenOrder {
  const rows = vocabularySize - 1;
  const startRow = rows - 1;
  const special = new Map<number, number>([
    [specialTokens.eos, 0],
    [specialTokens.unk, 1],
    [specialTokens.bos, startRow],
    [specialTokens.pad, startRow],
  ]);
  return { rows, startRow, rowOf: (id) => special.get(id) ?? id - firstPiece + firstPieceRow };
}
