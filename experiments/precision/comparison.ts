/** How far perplexities in bfloat16 are from those in float32. */
import Table from 'cli-table3';

/** Of one seed. */
export interface Pair {
  readonly seed: number;
  /** Held-out perplexities. */
  readonly float32: number;
  readonly bfloat16: number;
}

/** Percent that the perplexities may differ. */
export const limit = 1;

/** Percent by which bfloat16's perplexity is the higher one. */
export function difference({ float32, bfloat16 }: Omit<Pair, 'seed'>): number {
  return 100 * (bfloat16 / float32 - 1);
}

/** The mean of the seeds' differences, in percent. */
export function meanDifference(pairs: readonly Pair[]): number {
  return pairs.reduce((sum, pair) => sum + difference(pair), 0) / pairs.length;
}

/** Whether the seeds' mean is within the limit; a difference that is not a number never is. */
export function isWithinLimit(percent: number): boolean {
  return Math.abs(percent) <= limit;
}

export function comparisonText(pairs: readonly Pair[]): string {
  const table = new Table({
    head: ['seed', 'float32', 'bfloat16', 'difference', ''],
    style: { head: [], border: [], compact: true },
  });
  const verdict = (percent: number) => [
    `${percent < 0 ? '' : '+'}${percent.toFixed(2)}%`,
    isWithinLimit(percent) ? '✓' : `above ${limit}%`,
  ];
  for (const pair of pairs)
    table.push([pair.seed, pair.float32.toFixed(3), pair.bfloat16.toFixed(3), ...verdict(difference(pair))]);
  table.push(['mean', '', '', ...verdict(meanDifference(pairs))]);
  return table.toString();
}
