/** Counts of n-grams and their overlap: what BLEU and chrF are both made of. */
export type NgramCounts = ReadonlyMap<string, number>;

/**
 * How often each run of `order` units occurs. `separator` must not occur inside a unit, or two different
 * n-grams would share a key; it may be empty when every unit is one character.
 */
export function countNgrams(units: readonly string[], order: number, separator: string): NgramCounts {
  const counts = new Map<string, number>();
  for (let start = 0; start + order <= units.length; start += 1) {
    const ngram = units.slice(start, start + order).join(separator);
    counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  return counts;
}

/** How many n-grams `length` units have. */
export function ngramTotal(length: number, order: number): number {
  return Math.max(0, length - order + 1);
}

/** How many n-grams of `hypothesis` are in `reference`, each counted at most as often as there ("clipped"). */
export function matchedNgrams(hypothesis: NgramCounts, reference: NgramCounts): number {
  let matched = 0;
  for (const [ngram, count] of hypothesis) matched += Math.min(count, reference.get(ngram) ?? 0);
  return matched;
}
