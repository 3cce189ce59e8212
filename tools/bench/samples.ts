/** From the times of some steps to those of all. */

/** The middle value; the mean of the two middle ones when their number is even. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = NaN, high = NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}

/**
 * Milliseconds of an epoch of `steps` steps from those of some of them: the mean of the steps' medians, times the
 * number of steps. Of all steps it is their sum.
 * @param rounds the times of the same steps, in the same order, in each round
 */
export function epochTime(rounds: readonly (readonly number[])[], steps: number): number {
  const medians = (rounds[0] ?? []).map((_, step) => median(rounds.map((times) => times[step] ?? NaN)));
  return (medians.reduce((sum, each) => sum + each, 0) / medians.length) * steps;
}

/** The list in `count` consecutive pieces whose lengths differ by one at most. */
export function evenPieces<Item>(items: readonly Item[], count: number): Item[][] {
  const start = (piece: number) => Math.round((piece * items.length) / count);
  return Array.from({ length: count }, (_, piece) => items.slice(start(piece), start(piece + 1)));
}

/**
 * Indices of `count` items spread evenly over the items sorted by size, from small to large: the middle one of
 * each of `count` equal parts. Of fewer items than that, all.
 */
export function stratifiedSample(sizes: readonly number[], count: number): number[] {
  const sorted = [...sizes.keys()].sort((a, b) => (sizes[a] ?? 0) - (sizes[b] ?? 0) || a - b);
  if (count >= sorted.length) return sorted;
  return Array.from({ length: count }, (_, part) => {
    const middle = Math.floor(((part + 0.5) * sorted.length) / count);
    return sorted[middle] ?? 0;
  });
}
