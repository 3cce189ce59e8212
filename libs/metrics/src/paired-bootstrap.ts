/** Whether one system is better than another or only luckier with this test set (Koehn 2004). */
import { InvalidInput } from '@honyaku/contracts';
import { type BootstrapScore } from './bootstrap.ts';
import { type CorpusStatistics, sumOf } from './corpus-statistics.ts';
import {
  type BootstrapOptions,
  type Draw,
  intervalOf,
  meanOf,
  resampledScores,
  seededDraw,
} from './resampling.ts';

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
