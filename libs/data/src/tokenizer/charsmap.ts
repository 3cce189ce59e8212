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
  /** Children of a node are at `place ^ label`; nothing is at a negative place. */
  const child = (place: number, label: number): number => {
    const at = place ^ label;
    const unit = trie[at] ?? 0;
    return labelOf(unit) === label && label !== 0 ? at : -1;
  };

  /** 1 for the code units with which no rule begins, of those that were looked up. */
  const withoutRule = new Uint8Array(0x10000);

  return (text, start) => {
    const first = text.charCodeAt(start);
    if (withoutRule[first] === 1) return undefined;
    let place = root;
    let length = 0;
    let value = 0;
    for (let at = start; at < text.length;) {
      const point = text.codePointAt(at) ?? 0;
      let node = 0;
      for (let rest = utf8Length(point) - 1, isFirst = true; rest >= 0; rest -= 1, isFirst = false) {
        node = child(place, isFirst ? firstByte(point, rest) : 0x80 | ((point >>> (6 * rest)) & 0x3f));
        if (node < 0) {
          if (at === start && point <= 0xffff) withoutRule[first] = 1;
          return length === 0 ? undefined : { length, form: formAt(value) };
        }
        place = node ^ offsetOf(trie[node] ?? 0);
      }
      at += point > 0xffff ? 2 : 1;
      if (hasRule(trie[node] ?? 0)) {
        length = at - start;
        value = valueOf(trie[place] ?? 0);
      }
    }
    return length === 0 ? undefined : { length, form: formAt(value) };
  };
}

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
