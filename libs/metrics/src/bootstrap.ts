/** How far a score may be trusted: its spread over corpora that could have been drawn instead (Koehn 2004). */
import { type CorpusStatistics, sumOf } from './corpus-statistics.ts';
import {
  type BootstrapOptions,
  type ScoreInterval,
  intervalOf,
  resampledScores,
  seededDraw,
} from './resampling.ts';

export type { BootstrapOptions } from './resampling.ts';

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
