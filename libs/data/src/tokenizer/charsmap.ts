/**
 * The rules by which SentencePiece normalises text (nmt_nfkc by default), from their compiled form in a model file: the
 * size of a trie, the trie, and the normal forms, each ending in a zero byte. The trie holds UTF-8 as a double array of
 * Darts-clone, https://github.com/s-yata/darts-clone/blob/master/include/darts.h: a unit has the label of the edge into
 * it, whether a rule ends there, and the offset of its children.
 */
import { Corrupt } from '@honyaku/contracts';

/** What a rule makes of the text at a place. */
export interface Match {
  /** UTF-16 code units that the rule replaces. */
  readonly length: number;
  readonly form: string;
}

/** The longest rule that matches the text at a place; text has no lone surrogates. */
export type Charsmap = (text: string, at: number) => Match | undefined;

/** Whether rules begin with a code unit: never, not where ASCII or nothing follows, or anywhere. */
const uses = { unknown: 0, never: 1, beforeOthers: 2, any: 3 } as const;

const none = -1;
const sizeBytes = 4;
const unitBytes = 4;

const hasRule = (unit: number): boolean => (unit & 0x100) !== 0;
const labelOf = (unit: number): number => unit & 0x800000ff;
const valueOf = (unit: number): number => unit & 0x7fffffff;
const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);

/**
 * @param name how errors call the model
 * @throws Corrupt when the bytes are no rules; a damaged rule shows when it is first used
 */
export function readCharsmap(bytes: Uint8Array, name: string): Charsmap {
  if (bytes.length === 0) return () => undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const trieBytes = bytes.length < sizeBytes ? 0 : view.getUint32(0, true);
  const formsStart = sizeBytes + trieBytes;
  if (trieBytes === 0 || trieBytes % unitBytes !== 0 || formsStart > bytes.length) throw damaged(name);
  const trie = Int32Array.from({ length: trieBytes / unitBytes }, (_, unit) =>
    view.getInt32(sizeBytes + unit * unitBytes, true),
  );
  const root = offsetOf(trie[0] ?? 0);
  const forms = new Map<number, string>();
  const formAt = (value: number): string => {
    const known = forms.get(value);
    if (known !== undefined) return known;
    const start = formsStart + value;
    const end = bytes.indexOf(0, start);
    if (end < start) throw damaged(name);
    const form = decode(bytes.subarray(start, end), name);
    forms.set(value, form);
    return form;
  };
  /** The children of a node are at `place ^ label`; -1 where there is none. */
  const child = (place: number, label: number): number => {
    const at = place ^ label;
    return labelOf(trie[at] ?? 0) === label && label !== 0 ? at : none;
  };
  const placeBelow = (node: number): number => node ^ offsetOf(trie[node] ?? 0);
  const isRule = (node: number): boolean => hasRule(trie[node] ?? 0);
  /** The node that a character leads to. */
  const step = (below: number, point: number): number => {
    let place = below;
    for (let first = utf8Length(point) - 1, rest = first; ; rest -= 1) {
      const label = rest === first ? firstByte(point, rest) : 0x80 | ((point >>> (6 * rest)) & 0x3f);
      const node = child(place, label);
      if (node === none || rest === 0) return node;
      place = placeBelow(node);
    }
  };
  const usesOf = (point: number): number => {
    const node = step(root, point);
    if (node === none) return uses.never;
    if (isRule(node)) return uses.any;
    const place = placeBelow(node);
    for (let ascii = 1; ascii < 0x80; ascii += 1) if (child(place, ascii) !== none) return uses.any;
    return uses.beforeOthers;
  };
  /** Of each code unit that was looked up. */
  const known = new Uint8Array(0x10000);

  return (text, start) => {
    const first = text.charCodeAt(start);
    if (known[first] === uses.unknown) known[first] = isSurrogate(first) ? uses.any : usesOf(first);
    if (known[first] === uses.never) return undefined;
    if (known[first] === uses.beforeOthers && !(text.charCodeAt(start + 1) >= 0x80)) return undefined;
    let length = 0;
    let value = 0;
    for (let place = root, at = start; at < text.length;) {
      const point = text.codePointAt(at) ?? 0;
      const node = step(place, point);
      if (node === none) break;
      place = placeBelow(node);
      at += point > 0xffff ? 2 : 1;
      if (!isRule(node)) continue;
      length = at - start;
      value = valueOf(trie[place] ?? 0);
    }
    return length === 0 ? undefined : { length, form: formAt(value) };
  };
}

const isSurrogate = (unit: number): boolean => (unit & 0xf800) === 0xd800;

function utf8Length(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}

const firstByteMarks = [0, 0xc0, 0xe0, 0xf0] as const;

function firstByte(point: number, rest: number): number {
  return (firstByteMarks[rest] ?? 0) | (point >>> (6 * rest));
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array, name: string): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw damaged(name, cause);
  }
}

function damaged(name: string, cause?: unknown): Corrupt {
  return new Corrupt(`${name}: its rules for normalising text are damaged`, { cause });
}
