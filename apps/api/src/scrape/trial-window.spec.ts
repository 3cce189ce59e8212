import { type TrialView } from '@honyaku/contracts';
import { exampleTrial } from '@honyaku/contracts/examples';
import { describe, expect, it } from 'vitest';
import { keepEndedMilliseconds } from '../store/current-sweeps.ts';
import { trialWindow } from './trial-window.ts';

const now = Date.parse('2026-01-01T12:00:00.000Z');
const ago = (milliseconds: number) => new Date(now - milliseconds).toISOString();

function trialOf(number: number, perplexity: number, more: Partial<TrialView> = {}): TrialView {
  return exampleTrial('window-123456', number, [perplexity], more);
}

const numbers = (trials: readonly TrialView[]) => trials.map(({ number }) => number);

describe('trialWindow', () => {
  it('shows trials that continue or ended recently, once they have a committed epoch', () => {
    const trials = [
      trialOf(1, 5),
      trialOf(2, 5, { epochs: [] }),
      trialOf(3, 5, { state: 'completed', endedAt: ago(keepEndedMilliseconds - 1) }),
      trialOf(4, 5, { state: 'pruned', endedAt: ago(keepEndedMilliseconds) }),
      trialOf(5, 5, { state: 'paused' }),
    ];
    const { shown, leftOut } = trialWindow(trials, now);
    expect(numbers(shown)).toEqual([1, 3, 5]);
    expect(leftOut).toBe(0);
  });

  it('prefers running trials, then the best, when there are too many', () => {
    const ended = { state: 'completed' as const, endedAt: ago(0) };
    const trials = [
      trialOf(1, 3, ended),
      trialOf(2, NaN),
      trialOf(3, 2, ended),
      trialOf(4, 9),
      trialOf(5, NaN, ended),
    ];
    const { shown, leftOut } = trialWindow(trials, now, 3);
    expect(numbers(shown)).toEqual([4, 2, 3]);
    expect(leftOut).toBe(2);
  });
});
