/** Finds the most similar of some hundred thousand sentences, by the Jaccard index of their character trigrams. */
import { NumberTable } from '../cleaning/number-table.ts';

/** Trigrams of all sentences together that an index holds: with both of its lists, 256 MiB. */
const maxEntries = 2 ** 25;

const unit = 2 ** 16;

/** Numbers of the different trigrams of `^sentence$`; characters are UTF-16 code units. */
function trigramsOf(sentence: string): Set<number> {
  const text = `^${sentence}$`;
  const trigrams = new Set<number>();
  for (let at = 2; at < text.length; at += 1)
    trigrams.add((text.charCodeAt(at - 2) * unit + text.charCodeAt(at - 1)) * unit + text.charCodeAt(at));
  return trigrams;
}

/** Sentences that are compared with others; adding comes first, then searching. */
export class TrigramIndex {
  /** A number from 0 for each trigram. */
  readonly #numbers = new NumberTable();
  /** The trigrams of each sentence, one sentence after the other. */
  #trigrams = new Uint32Array(1024);
  /** Where those of each sentence begin, and where the last ones end. */
  readonly #starts = [0];

  get length(): number {
    return this.#starts.length - 1;
  }

  /** Whether another sentence of this many characters finds room. */
  hasRoomFor(characters: number): boolean {
    return (this.#starts.at(-1) ?? 0) + characters <= maxEntries;
  }

  add(sentence: string): void {
    const own = trigramsOf(sentence);
    let end = this.#starts.at(-1) ?? 0;
    while (end + own.size > this.#trigrams.length) this.#trigrams = twice(this.#trigrams);
    for (const trigram of own) this.#trigrams[end++] = this.#numbers.getOrSet(trigram, this.#numbers.size);
    this.#starts.push(end);
  }

  /** For sentences that are looked up in those that were added until now. */
  search(): Pick<TrigramSearch, 'nearest'> {
    const begins = Uint32Array.from(this.#starts);
    return new TrigramSearch(this.#numbers, { begins, values: this.#trigrams });
  }
}

function twice(values: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * values.length);
  larger.set(values);
  return larger;
}

/** Typed arrays of which some belong to each number: those of number n stand from `begins[n]` to `begins[n + 1]`. */
interface Lists {
  readonly begins: Uint32Array;
  readonly values: Uint32Array;
}

const sizeOf = ({ begins }: Lists, number: number) => (begins[number + 1] ?? 0) - (begins[number] ?? 0);
const listOf = ({ begins, values }: Lists, number: number) =>
  values.subarray(begins[number], begins[number + 1]);

/** The numbers that have each value. */
function inverted(lists: Lists, values: number): Lists {
  const begins = new Uint32Array(values + 1);
  const entries = lists.begins.at(-1) ?? 0;
  for (let at = 0; at < entries; at += 1) {
    const next = (lists.values[at] ?? 0) + 1;
    begins[next] = (begins[next] ?? 0) + 1;
  }
  for (let value = 0; value < values; value += 1)
    begins[value + 1] = (begins[value + 1] ?? 0) + (begins[value] ?? 0);
  const ends = begins.slice();
  const numbers = new Uint32Array(entries);
  for (let number = 0; number + 1 < lists.begins.length; number += 1)
    for (const value of listOf(lists, number)) {
      const end = ends[value] ?? 0;
      numbers[end] = number;
      ends[value] = end + 1;
    }
  return { begins, values: numbers };
}

class TrigramSearch {
  readonly #sentencesOf: Lists;
  /** Of each sentence, the trigrams that it shares with the one that is looked up, as far as they are counted. */
  readonly #shared: Uint32Array;
  /** The look-up in which each trigram was last marked. */
  readonly #marks: Uint32Array;
  #lookUps = 0;

  constructor(
    private readonly numbers: NumberTable,
    private readonly trigramsOfEach: Lists,
  ) {
    this.#sentencesOf = inverted(trigramsOfEach, numbers.size);
    this.#shared = new Uint32Array(trigramsOfEach.begins.length - 1);
    this.#marks = new Uint32Array(numbers.size);
  }

  /**
   * The number of the most similar sentence, the first of those that are equally similar; undefined without any.
   *
   * Rare trigrams come first. A sentence that has none of the rarer ones can only share the ones that are left, so
   * once a sentence is known to be more similar than that allows, the long lists of common trigrams need not be gone
   * through.
   */
  nearest(sentence: string): number | undefined {
    const shared = this.#shared;
    if (shared.length === 0) return undefined;
    const trigrams = trigramsOf(sentence);
    const known = [...trigrams]
      .map((trigram) => this.numbers.get(trigram))
      .filter((number) => number !== undefined)
      .sort((one, other) => sizeOf(this.#sentencesOf, one) - sizeOf(this.#sentencesOf, other));
    this.#lookUps += 1;
    for (const trigram of known) this.#marks[trigram] = this.#lookUps;
    const similarity = (found: number, common: number) =>
      common / (trigrams.size + sizeOf(this.trigramsOfEach, found) - common);

    const candidates: number[] = [];
    let best = { found: 0, similarity: 0 };
    const consider = (found: number) => {
      const own = similarity(found, this.#markedIn(found));
      if (own > best.similarity || (own === best.similarity && found < best.found))
        best = { found, similarity: own };
    };
    let leading = { found: -1, similarity: 0 };
    let counted = 0;
    for (; counted < known.length; counted += 1) {
      if (best.similarity > (known.length - counted) / trigrams.size) break;
      const list = listOf(this.#sentencesOf, known[counted] ?? 0);
      const before = leading.found;
      // Indices, since this is where the time goes.
      for (let at = 0; at < list.length; at += 1) {
        const found = list[at] ?? 0;
        const common = (shared[found] ?? 0) + 1;
        shared[found] = common;
        if (common === 1) candidates.push(found);
        // No similarity is above the share of the trigrams.
        if (common <= leading.similarity * trigrams.size) continue;
        const soFar = similarity(found, common);
        if (soFar > leading.similarity) leading = { found, similarity: soFar };
      }
      // Who leads by rare trigrams is often the nearest, which ends the search early.
      if (leading.found !== before) consider(leading.found);
    }
    const left = known.length - counted;
    for (const found of candidates) {
      const most = Math.min((shared[found] ?? 0) + left, sizeOf(this.trigramsOfEach, found));
      shared[found] = 0;
      if (similarity(found, most) >= best.similarity) consider(found);
    }
    return best.found;
  }

  /** Of a sentence, the trigrams that it shares with the one that is looked up. */
  #markedIn(sentence: number): number {
    let count = 0;
    for (const trigram of listOf(this.trigramsOfEach, sentence))
      if (this.#marks[trigram] === this.#lookUps) count += 1;
    return count;
  }
}
