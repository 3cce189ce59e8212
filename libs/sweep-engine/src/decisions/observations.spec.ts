import { defaultHyperparameters, SweepSpec } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { newSweep } from '../state/sweep-state.ts';
import { observationsOf, representative } from './observations.ts';

/** Perplexities from 1 on, in another order. */
function results(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    hyperparameters: defaultHyperparameters,
    perplexity: 1 + ((index * 7_919) % count),
  }));
}

describe('results of earlier sweeps', () => {
  it('are all there while they are few', () => {
    expect(representative(results(1_000), 1_000)).toEqual(results(1_000));
  });

  it('are the best and an even choice of the others when they are many, diverged ones among them', () => {
    const many = [...results(20_000), ...results(20_000).map((each) => ({ ...each, perplexity: Infinity }))];
    const chosen = representative(many, 1_000).map(({ perplexity }) => perplexity);
    expect(chosen).toHaveLength(1_000);
    expect(chosen.slice(0, 500)).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    expect(chosen[500]).toBe(501);
    expect(chosen.filter((perplexity) => perplexity === Infinity).length).toBeCloseTo(253, -1);
    expect(new Set(chosen.filter(Number.isFinite)).size).toBe(chosen.filter(Number.isFinite).length);
    expect(representative(many, 1_000)).toEqual(representative(many, 1_000));
    expect(representative(many, 1).map(({ perplexity }) => perplexity)).toEqual([1]);
  });
});

describe('observations', () => {
  it('have the same values each time, by which samplers keep what they derive from them', () => {
    const spec = SweepSpec.parse({ name: 'few', corpus: { digest: 'c'.repeat(64) }, sampler: 'tpe' });
    const created = newSweep({
      id: 'few-0123456789abcdef',
      ...{ spec, samplerTrials: spec.trials, createdAt: '2026-01-01T00:00:00.000Z' },
    });
    const state = { ...created, sweep: { ...created.sweep, earlier: results(3) } };
    const [first, second] = [observationsOf(state), observationsOf(state)];
    expect(first).toHaveLength(3);
    for (const [index, { values }] of first.entries()) expect(second[index]?.values).toBe(values);
  });
});
