/** Bootstrap resamples of a corpus: what the confidence interval and the paired test are both made of. */
import { createHash } from 'node:crypto';
import { InvalidInput } from '@honyaku/contracts';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { CorpusStatistics } from './corpus-statistics.ts';

export interface BootstrapOptions {
  /** Any safe integer; the same seed draws the same resamples. */
  readonly seed: number;
  /** Default 1000. */
  readonly resamples?: number;
}

/** A function that draws the index of a sentence, 0 to `sentences` - 1. */
export type Draw = (sentences: number) => number;

/** @throws InvalidInput when the seed is not a safe integer. */
export function seededDraw(seed: number): Draw {
  if (!Number.isSafeInteger(seed)) throw new InvalidInput(`the seed must be a whole number, not ${seed}`);
  // Through a digest, as the generator takes 32 bits and the seeds of trials may be longer.
  const digest = createHash('sha256').update(`bootstrap/${seed}`).digest();
  const generator = xoroshiro128plus(digest.readInt32LE(0));
  return (sentences) => uniformInt(generator, 0, sentences - 1);
}

/**
 * The scores of `resamples` corpora, each of as many sentences as the original, drawn with replacement. All
 * `systems` get the same draws: a row of scores for each system, a column for each resample.
 * @throws InvalidInput when the number of resamples is not a whole number above 0.
 */
export function resampledScores(
  systems: readonly CorpusStatistics[],
  resamples: number,
  draw: Draw,
): Float64Array[] {
  if (!(Number.isSafeInteger(resamples) && resamples > 0)) {
    throw new InvalidInput(`the number of resamples must be a whole number above 0, not ${resamples}`);
  }
  const sentences = systems[0]?.sentences ?? 0;
  const scores = systems.map(() => new Float64Array(resamples));
  const sums = systems.map(({ metric }) => new Float64Array(metric.width));
  for (let resample = 0; resample < resamples; resample += 1) {
    for (const sum of sums) sum.fill(0);
    for (let drawn = 0; drawn < sentences; drawn += 1) {
      const sentence = draw(sentences);
      systems.forEach(({ counts }, system) => addRow(sums[system], counts, sentence));
    }
    systems.forEach(({ metric }, system) => {
      scores[system]?.set([metric.score(sums[system] ?? [])], resample);
    });
  }
  return scores;
}

function addRow(sums: Float64Array | undefined, counts: Float64Array, row: number): void {
  if (sums === undefined) return;
  const start = row * sums.length;
  for (let column = 0; column < sums.length; column += 1) {
    sums[column] = (sums[column] ?? 0) + (counts[start + column] ?? 0);
  }
}

/** A mean and the interval that holds 95% of the scores. */
export interface ScoreInterval {
  readonly mean: number;
  /** The 2.5% point. */
  readonly lower: number;
  /** The 97.5% point. */
  readonly upper: number;
  /** Half the width of the interval: what sacreBLEU prints after ±. */
  readonly halfWidth: number;
}

/** As sacreBLEU: of n sorted scores, ⌊n/40⌋ are cut off at either end. */
export function intervalOf(scores: Float64Array): ScoreInterval {
  const sorted = scores.toSorted();
  const cut = Math.floor(sorted.length / 40);
  const lower = sorted[cut] ?? NaN;
  const upper = sorted[sorted.length - cut - 1] ?? NaN;
  return { mean: meanOf(sorted), lower, upper, halfWidth: (upper - lower) / 2 };
}

export function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
