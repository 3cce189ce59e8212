import { InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { parkMillerDraw, perturbedCorpus } from '../test/perturbed-corpus.ts';
import { bleuMetric } from './bleu.ts';
import { chrfMetric } from './chrf.ts';
import { corpusStatistics } from './corpus-statistics.ts';
import golden from './fixtures/golden.json' with { type: 'json' };
import { pairedBootstrap, pairedBootstrapWith } from './paired-bootstrap.ts';

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
