import { describe, expect, it } from 'vitest';
import { Beam, type BeamSettings, penalised, scoreOf } from './beam.ts';

const eos = 2;

function beamOf(settings: Partial<BeamSettings>): Beam {
  return new Beam({ beamSize: 2, nBest: 1, maxTokens: 10, lengthPenalty: 1, ...settings });
}

const next = (parent: number, token: number, logProbability: number) => ({ parent, token, logProbability });

describe('the length penalty', () => {
  it('divides by the sixth part of the length and 5, to its exponent', () => {
    expect(penalised(-3, 7, 1)).toBe(-1.5);
    expect(penalised(-3, 7, 0)).toBe(-3);
    expect(penalised(-3, 1, 0.6)).toBe(-3);
  });
});

describe('the normalisation', () => {
  it('divides by the length to its exponent, in place of the length penalty', () => {
    const score = (normalize: number) => scoreOf(-3, 4, { lengthPenalty: 0.6, normalize });
    expect([score(0), score(0.5), score(1)]).toEqual([-3, -1.5, -0.75]);
    expect(scoreOf(-3, 7, { lengthPenalty: 1 })).toBe(-1.5);
  });
});

describe('a beam', () => {
  it('keeps the likeliest continuations of all hypotheses', () => {
    const beam = beamOf({});
    beam.advance([next(0, 4, -1), next(0, 5, -1.5)]);
    const continued = beam.advance([next(0, 6, -3), next(0, 7, -4), next(1, 8, -0.1), next(1, 9, -0.2)]);
    expect(continued.map(({ parent }) => parent)).toEqual([1, 1]);
    expect(beam.open.map(({ ids }) => ids)).toEqual([
      [5, 8],
      [5, 9],
    ]);
  });

  it('of one ends with its first eos, as greedy decoding does, though a longer one could score above', () => {
    const beam = beamOf({ beamSize: 1 });
    expect(beam.advance([next(0, eos, -1), next(0, 4, -1.01)])).toEqual([]);
    expect(beam.translations()).toEqual([{ ids: [], logProbability: -1, score: -1, ended: true }]);
  });

  it('goes on while an open hypothesis can beat what has ended, and finds the longer translation', () => {
    const beam = beamOf({});
    beam.advance([next(0, eos, -1), next(0, 4, -1.2)]);
    expect(beam.open).toHaveLength(1);
    beam.advance([next(0, 5, -0.01), next(0, 6, -9)]);
    beam.advance([next(0, eos, -0.01), next(0, 6, -9)]);
    expect(beam.open).toEqual([]);
    const [best] = beam.translations();
    expect(best?.ids).toEqual([4, 5]);
    expect(best?.logProbability).toBeCloseTo(-1.22, 9);
    expect(best?.score).toBeCloseTo(-1.22 / (8 / 6), 9);
  });

  it('drops what cannot score above the ended one even at the longest', () => {
    // At 10 tokens the penalty divides by 2.5.
    for (const [logProbability, open] of [
      [-2.51, 0],
      [-2.49, 1],
    ] as const) {
      const beam = beamOf({});
      beam.advance([next(0, eos, -1), next(0, 4, logProbability)]);
      expect(beam.open).toHaveLength(open);
    }
  });

  it('without a penalty is done with the first that is likelier than all that are open', () => {
    const beam = beamOf({ lengthPenalty: 0 });
    beam.advance([next(0, eos, -1), next(0, 4, -1.1)]);
    expect(beam.open).toEqual([]);
  });

  it('searches on until as many have ended as are wanted', () => {
    const beam = beamOf({ nBest: 2, lengthPenalty: 0 });
    beam.advance([next(0, eos, -1), next(0, 4, -5)]);
    expect(beam.open).toHaveLength(1);
    beam.advance([next(0, eos, -0.5), next(0, 4, -9)]);
    expect(beam.open).toEqual([]);
    expect(beam.translations().map(({ ids }) => ids)).toEqual([[], [4]]);
  });

  it('ranks what has not ended after all that has', () => {
    const beam = beamOf({ nBest: 2 });
    beam.advance([next(0, eos, -3), next(0, 4, -0.5)]);
    expect(beam.translations().map(({ ids, ended }) => [ids, ended])).toEqual([
      [[], true],
      [[4], false],
    ]);
  });
});

describe('a beam with patience', () => {
  it('gives the places of what has ended to the next likeliest', () => {
    const first = [next(0, eos, -1), next(0, 4, -1.2), next(0, 5, -1.3)];
    for (const [patience, open] of [
      [undefined, [[4]]],
      [1, [[4], [5]]],
    ] as const) {
      const beam = beamOf({ patience, normalize: 1 });
      expect(beam.advance(first).map(({ hypothesis }) => hypothesis.ids)).toEqual(open);
    }
  });

  it('does not end what comes to its end after the beam', () => {
    const beam = beamOf({ patience: 1 });
    beam.advance([next(0, 4, -1), next(0, 5, -1.1), next(0, eos, -1.2)]);
    expect(beam.translations()).toMatchObject([{ ids: [4], ended: false }]);
  });

  it.each([
    [0.5, 1],
    [1, 2],
    [1.5, 3],
  ])('of %f ends with %i translations, though an open one could score above', (patience, steps) => {
    const beam = beamOf({ patience, normalize: 1 });
    for (let step = 1; step < steps; step += 1) {
      beam.advance([next(0, 4, -0.1), next(0, eos, -1), next(0, 5, -2)]);
      expect(beam.open).toHaveLength(2);
    }
    beam.advance([next(0, 4, -0.1), next(0, eos, -1), next(0, 5, -2)]);
    expect(beam.open).toEqual([]);
    expect(beam.translations()).toMatchObject([{ ids: Array(steps - 1).fill(4), ended: true }]);
  });

  it('goes on with what can no longer become the best', () => {
    const settings = { lengthPenalty: 0, beamSize: 2 };
    const [exact, patient] = [beamOf(settings), beamOf({ ...settings, patience: 1 })];
    for (const beam of [exact, patient]) beam.advance([next(0, eos, -1), next(0, 4, -9), next(0, 5, -9.5)]);
    expect([exact.open.length, patient.open.length]).toEqual([0, 2]);
  });

  it('ranks what stops at the longest among what has ended', () => {
    const beam = beamOf({ patience: 2, nBest: 2, maxTokens: 2, normalize: 1 });
    beam.advance([next(0, 4, -0.1), next(0, eos, -1), next(0, 5, -2)]);
    beam.advance([next(0, 6, -0.1), next(1, 6, -9), next(0, eos, -9.5), next(0, 7, -9.9)]);
    expect(beam.translations().map(({ ids, ended }) => [ids, ended])).toEqual([
      [[4, 6], false],
      [[], true],
    ]);
  });
});
