/**
 * Pieces by their UTF-16 code units, so that all that start at a place are found in one walk. A node is the slot of the
 * edge into it in one hash table with open addressing; a map in each node would take most of the time of a walk.
 */

/** The node of the empty text. */
export const root = 0;
/** Instead of a node or a piece, where there is none. */
export const none = -1;

/** Numbers of a slot: the node that the edge leaves, its code unit, and the piece that ends there. */
const stride = 3;
const [unitAt, pieceAt] = [1, 2];

export class PieceTrie {
  readonly #slots: Int32Array;
  readonly #mask: number;

  /** Of pieces with the same text the last counts; none has no text. */
  constructor(pieces: readonly { readonly text: string; readonly id: number }[]) {
    const units = pieces.reduce((sum, { text }) => sum + text.length, 0);
    const capacity = 2 ** Math.ceil(Math.log2(2 * units + 2));
    this.#mask = capacity - 1;
    this.#slots = new Int32Array(capacity * stride).fill(none);
    for (const { text, id } of pieces) {
      let node = root;
      for (let at = 0; at < text.length; at += 1) {
        const unit = text.charCodeAt(at);
        const slot = this.#slotOf(node, unit);
        this.#slots[slot * stride] = node;
        this.#slots[slot * stride + unitAt] = unit;
        node = slot;
      }
      this.#slots[node * stride + pieceAt] = id;
    }
  }

  /** The node that a code unit leads to, or `none`. */
  step(node: number, unit: number): number {
    const slot = this.#slotOf(node, unit);
    return this.#slots[slot * stride] === none ? none : slot;
  }

  /** Id of the piece that leads to the node, or `none`. */
  piece(node: number): number {
    return this.#slots[node * stride + pieceAt] ?? none;
  }

  /** Slot of an edge, or the free one where it would be. The root's own number is never one. */
  #slotOf(node: number, unit: number): number {
    const slots = this.#slots;
    const hash = Math.imul(node, 0x9e3779b1) + Math.imul(unit, 0x85ebca6b);
    for (let slot = (hash ^ (hash >>> 15)) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      if (slot === root) continue;
      const at = slot * stride;
      if (slots[at] === none || (slots[at] === node && slots[at + unitAt] === unit)) return slot;
    }
  }
}
