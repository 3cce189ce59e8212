import { InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { perturbedCorpus, parkMillerDraw } from '../test/perturbed-corpus.ts';
import { bleuMetric } from './bleu.ts';
import { bootstrap, pairedBootstrap, pairedBootstrapWith } from './bootstrap.ts';
import { type CorpusMetric, corpusStatistics } from './corpus-statistics.ts';
import { chrfMetric } from './chrf.ts';

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

describe('pairedBootstrap', () => {
  const corpus = perturbedCorpus().english;
  const metrics = { bleu: bleuMetric(), chrf: chrfMetric() };
  const statisticsOf = (metric: 'bleu' | 'chrf', system: 'mild' | 'harsh' | 'other') =>
    corpusStatistics(metrics[metric], corpus[system], corpus.references);

  for (const metric of ['bleu', 'chrf'] as const) {
    for (const system of ['harsh', 'other'] as const) {
      const pair = () => [statisticsOf(metric, 'mild'), statisticsOf(metric, system)] as const;
      const { parkMiller, numpy } = golden.paired[metric][system];

      it(`equals sacreBLEU's test with the same draws (${metric}, ${system})`, () => {
        const ours = pairedBootstrapWith(...pair(), 1000, parkMillerDraw());
        expect(ours.pValue).toBeCloseTo(parkMiller.pValue, 9);
        expect(ours.system.score).toBeCloseTo(parkMiller.system.score, 9);
        // sacreBLEU scores resamples with floats of 32 bits.
        expect(ours.system.mean).toBeCloseTo(parkMiller.system.mean, 3);
        expect(ours.system.halfWidth).toBeCloseTo(parkMiller.system.halfWidth, 3);
        expect(ours.baseline.mean).toBeCloseTo(parkMiller.baseline.mean, 3);
      });

      it(`comes near the p-value sacreBLEU has with other draws (${metric}, ${system})`, () => {
        expect(Math.abs(pairedBootstrap(...pair(), { seed: 1 }).pValue - numpy.pValue)).toBeLessThan(0.04);
      });
    }
  }

  it('says which system is better by the sign of the difference', () => {
    const mild = statisticsOf('bleu', 'mild');
    const harsh = statisticsOf('bleu', 'harsh');
    const worse = pairedBootstrap(mild, harsh, { seed: 1 });
    expect(worse.difference).toBeCloseTo(worse.system.score - worse.baseline.score, 9);
    expect(worse.difference).toBeLessThan(0);
    expect(pairedBootstrap(harsh, mild, { seed: 1 }).difference).toBe(-worse.difference);
    expect(pairedBootstrap(harsh, mild, { seed: 1 }).pValue).toBe(worse.pValue);
  });

  it('finds no difference between a system and itself, where sacreBLEU gives its smallest p', () => {
    const mild = statisticsOf('bleu', 'mild');
    expect(pairedBootstrap(mild, mild, { seed: 1 })).toMatchObject({ pValue: 1, twoSidedPValue: 1 });
    expect(golden.paired.bleu.mild.numpy.pValue).toBeCloseTo(1 / 1001, 9);
  });

  it('rejects equally good systems as seldom as the level says by its two-sided p, twice as often by the other', () => {
    // Each system spoils each sentence in one of two ways by the toss of a coin: neither is better.
    const draw = parkMillerDraw();
    const references = Array.from({ length: 60 }, () => 'a b c d e f g h');
    const system = () => {
      const texts = references.map(() => (draw(1000) < 500 ? 'a b c d e f x h' : 'a x c d x f g h'));
      return corpusStatistics(metrics.bleu, texts, references);
    };
    const trials = Array.from({ length: 400 }, (_, seed) =>
      pairedBootstrap(system(), system(), { seed, resamples: 200 }),
    );
    const rejected = (p: 'pValue' | 'twoSidedPValue') =>
      trials.filter((trial) => trial[p] < 0.05).length / trials.length;
    expect(Math.abs(rejected('twoSidedPValue') - 0.05)).toBeLessThan(0.025);
    expect(rejected('pValue')).toBeGreaterThan(0.075);
    expect(rejected('pValue')).toBeLessThan(0.175);
  });

  it('refuses systems of other metrics or other numbers of sentences', () => {
    const mild = statisticsOf('bleu', 'mild');
    expect(() => pairedBootstrap(mild, statisticsOf('chrf', 'mild'), { seed: 1 })).toThrow(InvalidInput);
    const shorter = corpusStatistics(metrics.bleu, ['a'], ['a']);
    expect(() => pairedBootstrap(mild, shorter, { seed: 1 })).toThrow(InvalidInput);
  });
});
