/**
 * Sentences of unequal length without their padding. Rows are ordered longest first, so that at each time step
 * those that still run are the first ones; a packed tensor [positions, …] holds, time step after time step, the
 * rows that run. (PyTorch's PackedSequence, but with the number of rows rounded up, so that a kernel can run over
 * a whole segment of time steps at once; what the rounding adds is padding that nothing reads.)
 */
import { specialTokens } from '@honyaku/contracts';

/** Padded sentences of one side. */
export interface Rectangle {
  /** Row-major, [batch, width]. */
  readonly ids: Int32Array;
  readonly batch: number;
  readonly width: number;
}

/** Time steps with the same number of rows; `offset` is its first packed position. */
export interface Segment {
  readonly offset: number;
  readonly steps: number;
  readonly rows: number;
}

/** Where the tokens of a batch stand. */
export interface PackedTokens {
  /** The batch's row of each packed row. */
  readonly order: Int32Array;
  /** Tokens of each packed row; at least 1. */
  readonly lengths: Int32Array;
  /** All packed positions. */
  readonly positions: number;
  /** Packed position of a packed row's token. */
  readonly at: (time: number, row: number) => number;
}

/** Time step after time step, longest rows first. */
export interface Packing extends PackedTokens {
  readonly segments: readonly Segment[];
}

const rowsGoBy = 8;

/** @param lengths tokens of each row of the batch; an empty row counts as one position of padding */
export function pack(lengths: readonly number[]): Packing {
  const order = Int32Array.from(lengths.keys()).sort(
    (a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0) || a - b,
  );
  const sorted = order.map((row) => Math.max(lengths[row] ?? 0, 1));
  const segments: Segment[] = [];
  const offsets: number[] = [];
  let positions = 0;
  let running = sorted.length;
  for (let time = 0; time < (sorted[0] ?? 0); time += 1) {
    while (running > 0 && (sorted[running - 1] ?? 0) <= time) running -= 1;
    const rows = Math.min(Math.ceil(running / rowsGoBy) * rowsGoBy, sorted.length);
    offsets.push(positions);
    const last = segments.at(-1);
    if (last?.rows === rows) segments[segments.length - 1] = { ...last, steps: last.steps + 1 };
    else segments.push({ offset: positions, steps: 1, rows });
    positions += rows;
  }
  return { order, lengths: sorted, segments, positions, at: (time, row) => (offsets[time] ?? 0) + row };
}

/**
 * Sentence after sentence, in the order of the batch, for networks that see all time steps at once: no padding at all.
 * @param lengths as of `pack`
 */
export function packBySentence(lengths: readonly number[]): PackedTokens {
  const tokens = Int32Array.from(lengths, (length) => Math.max(length, 1));
  const offsets: number[] = [];
  let positions = 0;
  for (const length of tokens) {
    offsets.push(positions);
    positions += length;
  }
  return {
    order: Int32Array.from(lengths.keys()),
    lengths: tokens,
    positions,
    at: (time, row) => (offsets[row] ?? 0) + time,
  };
}

/** One time step of `rows` rows, as decoding goes. */
export function packStep(rows: number): Packing {
  return pack(new Array<number>(rows).fill(1));
}

/** The packing of one time step of another, for networks that must go step by step. */
export function stepOf(packing: Packing, time: number): { readonly rows: number; readonly offset: number } {
  const offset = packing.at(time, 0);
  const segment = packing.segments.findLast((each) => each.offset <= offset);
  return { rows: segment?.rows ?? 0, offset };
}

/** Tokens of each row of a rectangle [batch, width] up to its last that is not padding. */
export function lengthsOf(rectangle: Int32Array, batch: number, width: number): number[] {
  return Array.from({ length: batch }, (_, row) => {
    let length = width;
    while (length > 0 && rectangle[row * width + length - 1] === specialTokens.pad) length -= 1;
    return length;
  });
}

/** Tokens of each source up to its first eos; without one, up to its last that is not padding. */
export function sourceLengths(rectangle: Int32Array, batch: number, width: number): number[] {
  return lengthsOf(rectangle, batch, width).map((length, row) => {
    const eos = rectangle.subarray(row * width, row * width + length).indexOf(specialTokens.eos);
    return eos < 0 ? length : eos + 1;
  });
}

/** The ids of a rectangle [batch, width] at the packed positions. */
export function packIds(packing: PackedTokens, rectangle: Int32Array, width: number): Int32Array {
  const ids = new Int32Array(packing.positions).fill(specialTokens.pad);
  eachToken(packing, (time, row, position) => {
    ids[position] = rectangle[(packing.order[row] ?? 0) * width + time] ?? specialTokens.pad;
  });
  return ids;
}

/** Where each position's predecessor stands in [rows at the start; packed positions]. */
export function predecessors({ segments, lengths, at }: Packing): Int32Array {
  const batch = lengths.length;
  const indices: number[] = [];
  let time = 0;
  for (const { steps, rows } of segments) {
    for (const end = time + steps; time < end; time += 1)
      for (let row = 0; row < rows; row += 1) indices.push(time === 0 ? row : batch + at(time - 1, row));
  }
  return Int32Array.from(indices);
}

/** For each position that of the same sentence read backwards; its own inverse. */
export function reversal(packing: Packing): Int32Array {
  const indices = Int32Array.from({ length: packing.positions }, (_, position) => position);
  eachToken(packing, (time, row, position) => {
    indices[position] = packing.at((packing.lengths[row] ?? 1) - 1 - time, row);
  });
  return indices;
}

/** Packed positions of the last token of the batch's rows, in the order of `rows`. */
export function lastPositions(packing: Packing, rows: Int32Array): Int32Array {
  const place = placesOf(packing);
  return rows.map((row) => {
    const at = place[row] ?? 0;
    return packing.at((packing.lengths[at] ?? 1) - 1, at);
  });
}

/** Packed positions of the first token of the batch's rows, in the order of `rows`. */
export function firstPositions(packing: Packing, rows: Int32Array): Int32Array {
  const place = placesOf(packing);
  return rows.map((row) => packing.at(0, place[row] ?? 0));
}

/**
 * A rectangle [rows, longest] of packed positions for the batch's rows, in the order of `rows`; -1 where a
 * row has ended.
 */
export function rectangleOf(packing: Packing, rows: Int32Array): { width: number; positions: Int32Array } {
  const place = placesOf(packing);
  const width = packing.lengths[0] ?? 0;
  const positions = new Int32Array(rows.length * width).fill(-1);
  rows.forEach((row, index) => {
    const at = place[row] ?? 0;
    for (let time = 0; time < (packing.lengths[at] ?? 0); time += 1)
      positions[index * width + time] = packing.at(time, at);
  });
  return { width, positions };
}

/** Packed row of each row of the batch. */
function placesOf({ order }: Packing): Int32Array {
  const places = new Int32Array(order.length);
  order.forEach((row, place) => (places[row] = place));
  return places;
}

/** Visits every token, sentence after sentence. */
export function eachToken(
  { lengths, at }: PackedTokens,
  visit: (time: number, row: number, position: number) => void,
): void {
  lengths.forEach((length, row) => {
    for (let time = 0; time < length; time += 1) visit(time, row, at(time, row));
  });
}
