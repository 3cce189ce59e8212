import { InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { perturbedCorpus } from '../test/perturbed-corpus.ts';
import { bleuMetric } from './bleu.ts';
import { bootstrap } from './bootstrap.ts';
import { type CorpusMetric, corpusStatistics } from './corpus-statistics.ts';
import golden from './fixtures/golden.json' with { type: 'json' };

/** The mean of numbers written as text: its standard error is known without a bootstrap. */
const meanOfNumbers: CorpusMetric = {
  signature: 'mean',
  width: 2,
  count: (hypothesis) => [Number(hypothesis), 1],
  score: (sums) => (sums[0] ?? 0) / (sums[1] ?? 0),
};

describe('bootstrap', () => {
  const { references, mild } = perturbedCorpus().english;
  const statistics = corpusStatistics(bleuMetric(), mild, references);

  it('finds the mean and the interval that sacreBLEU finds with other draws', () => {
    const { score, mean, lower, upper, halfWidth } = bootstrap(statistics, { seed: 1 });
    const theirs = golden.paired.bleu.mild.numpy.baseline;
    expect(score).toBeCloseTo(theirs.score, 9);
    expect(Math.abs(mean - theirs.mean)).toBeLessThan(0.15);
    expect(Math.abs(halfWidth - theirs.halfWidth)).toBeLessThan(0.25);
    expect(upper - lower).toBeCloseTo(2 * halfWidth, 9);
    expect(lower).toBeLessThan(score);
    expect(upper).toBeGreaterThan(score);
  });

  it('gives an interval of 1.96 standard errors to either side for a mean', () => {
    const values = Array.from({ length: 400 }, (_, index) => (index * 37) % 100);
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length;
    const ofNumbers = corpusStatistics(meanOfNumbers, values.map(String), values.map(String));
    const { halfWidth } = bootstrap(ofNumbers, { seed: 3, resamples: 10_000 });
    expect(halfWidth / (1.96 * Math.sqrt(variance / values.length))).toBeCloseTo(1, 1);
  });

  it('draws the same for the same seed and other corpora for another', () => {
    expect(bootstrap(statistics, { seed: 7 })).toEqual(bootstrap(statistics, { seed: 7 }));
    expect(bootstrap(statistics, { seed: 7 })).not.toEqual(bootstrap(statistics, { seed: 8 }));
    expect(bootstrap(statistics, { seed: 7 })).not.toEqual(bootstrap(statistics, { seed: 7 + 2 ** 32 }));
  });

  it('has an interval of no width when there is one sentence to draw', () => {
    const one = corpusStatistics(bleuMetric(), ['a b c d e'], ['a b c d f']);
    expect(bootstrap(one, { seed: 1, resamples: 10 }).halfWidth).toBe(0);
  });

  it('refuses seeds that are not whole and numbers of resamples that are not whole or positive', () => {
    expect(() => bootstrap(statistics, { seed: NaN })).toThrow(InvalidInput);
    expect(() => bootstrap(statistics, { seed: 0.5 })).toThrow(InvalidInput);
    for (const resamples of [0, -1, 1.5, NaN]) {
      expect(() => bootstrap(statistics, { seed: 1, resamples })).toThrow(InvalidInput);
    }
  });
});
