import { median } from './median.ts';

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
