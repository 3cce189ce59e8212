/**
 * Pieces by their characters, so that all that start at a place are found in one walk: a double array (Aoe 1989, "An
 * Efficient Digital Search Algorithm by Using a Double-Array Structure"). A node is a place in three arrays; its child by
 * a symbol is at `base[node] + symbol` if `parent` has the node there. The root is at 0.
 */

/** Instead of a piece, where there is none. */
export const none = -1;

interface Piece {
  readonly text: string;
  readonly id: number;
}

export class PieceTrie {
  /** For each UTF-16 code unit a number, 0 if it is in no piece. */
  readonly symbols = new Uint16Array(0x10000);
  base = new Int32Array(0);
  parent = new Int32Array(0);
  /** Id of the piece that ends in a node, or `none`. */
  piece = new Int32Array(0);
  #symbolCount = 1;
  #firstFree = 1;

  /** Texts are distinct, and none is empty. */
  constructor(pieces: readonly Piece[]) {
    for (const { text } of pieces)
      for (let at = 0; at < text.length; at += 1) this.symbols[text.charCodeAt(at)] ||= this.#symbolCount++;
    this.#reserve(pieces.length);
    this.#build(0, 0, pieces);
  }

  /** Puts what is below a node, at which all texts agree up to `depth`, into the arrays. */
  #build(node: number, depth: number, pieces: readonly Piece[]): void {
    const children = new Map<number, Piece[]>();
    for (const piece of pieces) {
      if (piece.text.length === depth) {
        this.piece[node] = piece.id;
        continue;
      }
      const symbol = this.symbols[piece.text.charCodeAt(depth)] ?? 0;
      const child = children.get(symbol);
      if (child) child.push(piece);
      else children.set(symbol, [piece]);
    }
    if (children.size === 0) return;
    const base = this.#placeFor([...children.keys()].sort((one, other) => one - other));
    this.base[node] = base;
    for (const symbol of children.keys()) this.parent[base + symbol] = node;
    for (const [symbol, child] of children) this.#build(base + symbol, depth + 1, child);
  }

  /** The first base at which the places of all symbols are free. */
  #placeFor(symbols: readonly number[]): number {
    const [first = 1] = symbols;
    while (this.parent[this.#firstFree] !== none) this.#firstFree += 1;
    for (let base = Math.max(0, this.#firstFree - first); ; base += 1) {
      this.#reserve(base);
      if (base + first > 0 && symbols.every((symbol) => this.parent[base + symbol] === none)) return base;
    }
  }

  /** Every symbol after a base up to this one has a place. */
  #reserve(base: number): void {
    const places = base + this.#symbolCount;
    if (places < this.parent.length) return;
    const grown = (array: Int32Array): Int32Array<ArrayBuffer> => {
      const larger = new Int32Array(2 * places).fill(none);
      larger.set(array);
      return larger;
    };
    [this.base, this.parent, this.piece] = [grown(this.base), grown(this.parent), grown(this.piece)];
  }
}
