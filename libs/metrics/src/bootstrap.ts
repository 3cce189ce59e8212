/**
 * How far a score may be trusted: its spread over corpora that could have been drawn instead, and whether one system is
 * better than another or only luckier with this test set (Koehn 2004).
 */
import { type CorpusStatistics, sumOf } from './corpus-statistics.ts';
import { InvalidInput } from '@honyaku/contracts';
import { createHash } from 'node:crypto';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Scores are 0 to 100. */
export interface BootstrapScore extends ScoreInterval {
  /** Of the corpus as it is. */
  readonly score: number;
}

/**
 * The score with its 95% interval by bootstrap resampling, as sacreBLEU's `--confidence` (whose draws come
 * from another generator, so the last digits differ). The interval speaks of the sampling of test sentences,
 * not of other seeds of the training.
 * @throws InvalidInput for a seed or number of resamples that is not allowed.
 */
export function bootstrap(
  statistics: CorpusStatistics,
  { seed, resamples = 1000 }: BootstrapOptions,
): BootstrapScore {
  const [scores = new Float64Array()] = resampledScores([statistics], resamples, seededDraw(seed));
  return { score: statistics.metric.score(sumOf(statistics)), ...intervalOf(scores) };
}

export interface PairedBootstrap {
  readonly baseline: BootstrapScore;
  readonly system: BootstrapScore;
  /** Score of the system minus score of the baseline. */
  readonly difference: number;
  /**
   * As sacreBLEU computes it, for comparison with what others report: 1 / (resamples + 1) to 1. It behaves as a
   * one-sided p, because the shift is taken from absolute differences: of systems equally good, one in ten or
   * more falls below 0.05. Exactly 1 when the scores are equal, where sacreBLEU gives a system against itself its
   * smallest p: none of the resampled differences, all 0, is above the real one, which is 0 too.
   */
  readonly pValue: number;
  /**
   * How likely a difference at least as large, either way, is if the systems are equally good: the share, plus
   * one, of resampled differences that lie at least as far from their own mean as the real one from 0. Of
   * systems equally good, about 5% fall below 0.05.
   */
  readonly twoSidedPValue: number;
}

/**
 * Paired bootstrap resampling as sacreBLEU's `--paired-bs`: both systems are scored on the same resamples, the
 * absolute differences are shifted to a mean of 0 (the null hypothesis), and p is the share of them, plus one,
 * above the real absolute difference. A second p shifts the differences with their sign instead.
 * @throws InvalidInput when the systems have different metrics or numbers of sentences, or for a seed or
 *   number of resamples that is not allowed.
 */
export function pairedBootstrap(
  baseline: CorpusStatistics,
  system: CorpusStatistics,
  { seed, resamples = 1000 }: BootstrapOptions,
): PairedBootstrap {
  return pairedBootstrapWith(baseline, system, resamples, seededDraw(seed));
}

/** The same with draws of the caller's own. */
export function pairedBootstrapWith(
  baseline: CorpusStatistics,
  system: CorpusStatistics,
  resamples: number,
  draw: Draw,
): PairedBootstrap {
  if (baseline.metric.signature !== system.metric.signature || baseline.sentences !== system.sentences) {
    throw new InvalidInput('two systems can be compared only on the same sentences with the same metric');
  }
  const [ofBaseline = new Float64Array(), ofSystem = new Float64Array()] = resampledScores(
    [baseline, system],
    resamples,
    draw,
  );
  const baselineScore = baseline.metric.score(sumOf(baseline));
  const systemScore = system.metric.score(sumOf(system));
  const difference = systemScore - baselineScore;
  const signed = ofSystem.map((score, index) => score - (ofBaseline[index] ?? 0));
  const absolute = signed.map(Math.abs);
  const [shift, absoluteShift] = [meanOf(signed), meanOf(absolute)];
  const size = Math.abs(difference);
  const above = absolute.filter((value) => value - absoluteShift > size).length;
  const asFar = signed.filter((value) => Math.abs(value - shift) >= size).length;
  return {
    baseline: { score: baselineScore, ...intervalOf(ofBaseline) },
    system: { score: systemScore, ...intervalOf(ofSystem) },
    difference,
    pValue: difference === 0 ? 1 : (above + 1) / (resamples + 1),
    twoSidedPValue: (asFar + 1) / (resamples + 1),
  };
}

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
