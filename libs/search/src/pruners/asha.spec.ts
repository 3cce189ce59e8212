import { PrunerSettings } from '@honyaku/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReportedTrial } from './pruner.ts';
import { prunerOf } from './registry.ts';
import { curve, curves, sweep, verdictOn, verdictsInTurn } from './test/curves.ts';

const stopping = { type: 'asha' };
const promotion = { type: 'asha', mode: 'promotion' };
const promoting = prunerOf({ ...sweep, pruner: PrunerSettings.parse(promotion) });

describe('stopping ASHA', () => {
  it.each([
    // value, rank, trials at the rung so far, best that go on, cut-off
    [50, 1, 1, 'continue', 50],
    [60, 2, 2, 'stop', 50],
    [40, 1, 3, 'continue', 40],
    [45, 2, 4, 'stop', 40],
    [30, 1, 5, 'continue', 30],
    [35, 2, 6, 'continue', 35],
    [36, 3, 7, 'stop', 35],
  ])('at the first rung, in turn: perplexity %d ranks %d of %d → %s', (value, rank, of, action, cutOff) => {
    const verdicts = verdictsInTurn(stopping, curves([50], [60], [40], [45], [30], [35], [36]));
    expect(verdicts[of - 1]).toMatchObject({ action, rung: 1, value, rank, of, cutOff });
  });

  it('has rungs at minResource times the powers of the reduction factor', () => {
    const settings = { ...stopping, minResource: 2, reductionFactor: 4 };
    const rungs = Array.from({ length: 99 }, (_, index) =>
      verdictOn(0, settings, curves(Array(index + 1).fill(50))),
    ).map(({ rung }) => rung);
    expect(rungs.filter((rung) => rung !== undefined)).toEqual([2, 8, 32]);
    expect(rungs[31]).toBe(32);
  });

  it('lets a later trial meet only who is at the rung by then, with the values there', () => {
    const fast = [curve(0, [80, 9, 8, 7]), curve(1, [70, 60])];
    expect(verdictOn(2, stopping, [...fast, curve(2, [65])])).toMatchObject({ action: 'continue', rank: 1 });
    expect(verdictOn(2, stopping, [...fast, curve(2, [65, 64, 50])])).toMatchObject({
      action: 'stop',
      rung: 3,
      rank: 2,
      of: 2,
      cutOff: 8,
    });
  });

  it('gives equal values to the trial with the lower number, and says so', () => {
    const trials = curves([50], [50]);
    expect(verdictOn(0, stopping, trials)).toMatchObject({ action: 'continue', rank: 1 });
    expect(verdictOn(1, stopping, trials)).toMatchObject({
      action: 'stop',
      rank: 2,
      reason:
        'perplexity 50 at epoch 1 ranks 2 of 2; the best 1 go on; the cut-off is 50, which an earlier trial has',
    });
  });

  it('puts what is not finite last and stops it even when it is alone', () => {
    expect(verdictOn(0, stopping, curves([NaN]))).toMatchObject({ action: 'stop', rank: 1, of: 1 });
    expect(verdictOn(1, stopping, curves([-Infinity], [90]))).toMatchObject({ action: 'continue', rank: 1 });
  });

  it('stops nobody in the grace, whose values still count', () => {
    const settings = { ...stopping, graceEpochs: 1 };
    expect(verdictOn(1, settings, curves([50], [60]))).toMatchObject({ action: 'continue' });
    expect(verdictOn(1, settings, curves([50, 50, 50], [60, 60, 60]))).toMatchObject({ action: 'stop' });
  });

  it('judges nobody at the last epoch', () => {
    const trials = curves([50, 40, 30], [60, 55, 50]);
    expect(verdictOn(1, stopping, trials, { epochs: 3 })).toMatchObject({ action: 'continue' });
    expect(verdictOn(1, stopping, trials, { epochs: 4 })).toMatchObject({ action: 'stop' });
  });
});

describe('rungs of target tokens', () => {
  const settings = { type: 'asha', unit: 'targetTokens', minResource: 100, reductionFactor: 2 };

  it('are reached with the first epoch that trained on as many, by each trial at its own epoch', () => {
    const [quick, slow] = [curve(0, [50, 40], 100), curve(1, [70, 60, 45], 70)];
    // 70, 140 and 210 tokens: rung 100 in epoch 2, rung 200 in epoch 3.
    expect(verdictOn(1, settings, [quick, curve(1, [70], 70)])).not.toHaveProperty('rung');
    expect(verdictOn(1, settings, [quick, slow])).toMatchObject({
      unit: 'targetTokens',
      epoch: 3,
      rung: 200,
      of: 2,
      cutOff: 40,
    });
  });

  it('are judged at the highest when one epoch reaches several', () => {
    expect(verdictOn(0, settings, [curve(0, [50], 900)])).toMatchObject({
      rung: 800,
      reason:
        'perplexity 50 at epoch 1 (rung of 800 target tokens) ranks 1 of 1; the best 1 go on; the cut-off is 50',
    });
  });
});

describe('promoting ASHA', () => {
  const next = (trials: readonly ReportedTrial[], ...paused: number[]) =>
    promoting.promote?.(trials, (trial) => paused.includes(trial), false);
  const last = (trials: readonly ReportedTrial[], ...paused: number[]) =>
    promoting.promote?.(trials, (trial) => paused.includes(trial), true);

  it('pauses every trial at every rung', () => {
    expect(verdictOn(0, promotion, curves([50]))).toMatchObject({ action: 'pause', rung: 1, rank: 1 });
    expect(verdictOn(0, promotion, curves([50, 40]))).toMatchObject({ action: 'continue' });
    expect(verdictOn(0, promotion, curves([50, 40, 30]))).toMatchObject({ action: 'pause', rung: 3 });
  });

  it('promotes nobody while fewer than the reduction factor are at a rung', () => {
    expect(next(curves([50], [60]), 0, 1)).toBeUndefined();
  });

  it('promotes the best of two trials to the end, rung by rung, once no other can come', () => {
    expect(last(curves([50], [60]), 0, 1)).toMatchObject({ number: 0, rung: 1, rank: 1, of: 2 });
    expect(last(curves([50, 40, 30], [60]), 0, 1)).toMatchObject({ number: 0, rung: 3 });
    expect(last(curves([50, 40, 30], [60]), 1)).toBeUndefined();
    expect(last(curves([NaN], [60]), 0, 1)).toMatchObject({ number: 1 });
    expect(last(curves([NaN], [NaN]), 0, 1)).toBeUndefined();
  });

  it('promotes by the rule alone where a reduction factor of trials has come', () => {
    expect(last(curves([50, 40, 30], [60], [70]), 0, 1, 2)).toBeUndefined();
  });

  it('promotes the best third, the best first, and each once', () => {
    const six = curves([50], [60], [40], [45], [70], [80]);
    expect(next(six, 0, 1, 2, 3, 4, 5)).toEqual({
      number: 2,
      unit: 'epochs',
      epoch: 1,
      value: 40,
      rung: 1,
      rank: 1,
      of: 6,
      cutOff: 45,
      reason: 'perplexity 40 at epoch 1 ranks 1 of 6; the best 2 go on; the cut-off is 45',
    });
    expect(next(six, 0, 1, 3, 4, 5)).toMatchObject({ number: 3, rank: 2 });
    expect(next(six, 0, 1, 4, 5)).toBeUndefined();
  });

  it('looks from the highest rung down', () => {
    // Nine at rung 1, three of which went on to rung 3: both rungs have one to promote, 3 first.
    const trials = curves([9, 9, 50], [9, 9, 60], [9, 9, 70], [30], [40], [41], [42], [43], [44]);
    const waiting = [0, 1, 2, 3, 4, 5, 6, 7, 8];
    expect(next(trials, ...waiting)).toMatchObject({ number: 0, rung: 3 });
    expect(next(trials, ...waiting.slice(1))).toBeUndefined();
    const ten = [...trials, ...[9, 10, 11].map((number) => curve(number, [8]))];
    expect(next(ten, ...waiting.slice(1), 9, 10, 11)).toMatchObject({ number: 9, rung: 1 });
  });

  it('gives equal values to the lower number and never promotes what is not finite', () => {
    expect(next(curves([50], [50], [50]), 0, 1, 2)).toMatchObject({ number: 0 });
    expect(next(curves([NaN], [Infinity], [NaN]), 0, 1, 2)).toBeUndefined();
  });

  it('is of this mode alone: no other pruner pauses trials', () => {
    for (const settings of [stopping, { type: 'hyperband' }, { type: 'pbt' }])
      expect(prunerOf({ ...sweep, pruner: PrunerSettings.parse(settings) }).promote).toBeUndefined();
  });

  it('promotes a better trial that comes later though the rung had its share already', () => {
    // Trial 0 was the best of three and went on; trial 3 is the best of four, of which one may go on.
    expect(next(curves([50, 50], [60], [70], [40]), 1, 2, 3)).toMatchObject({ number: 3, rank: 1, of: 4 });
    expect(next(curves([50, 50], [60], [70], [55]), 1, 2, 3)).toBeUndefined();
  });

  it('promotes of n that wait at a rung the best ⌊n/η⌋ and no more', () => {
    const perplexity = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 30 }) }, fc.constant(NaN));
    fc.assert(
      fc.property(fc.array(perplexity, { minLength: 1, maxLength: 40 }), (perplexities) => {
        const trials = curves(...perplexities.map((value) => [value]));
        const paused = new Set(trials.keys());
        for (let best; (best = next(trials, ...paused));) paused.delete(best.number);
        const expected = [...trials.keys()]
          .filter((number) => Number.isFinite(perplexities[number]))
          .sort((a, b) => (perplexities[a] ?? 0) - (perplexities[b] ?? 0) || a - b)
          .slice(0, Math.floor(perplexities.length / 3));
        const promoted = [...trials.keys()].filter((number) => !paused.has(number));
        expect(promoted).toEqual(expected.sort((a, b) => a - b));
      }),
    );
  });
});
