import { describe, expect, it } from 'vitest';
import { idleShare } from './idle-share.ts';

/** An epoch of four seconds, three of training and one of evaluation. */
const epoch = (worker: string, endSecond: number) => ({
  worker,
  committedAt: new Date(endSecond * 1000).toISOString(),
  train: { seconds: 3 },
  heldOut: { seconds: 1 },
});

describe('the idle share', () => {
  it('is of the time from one epoch of a worker to its next', () => {
    expect(idleShare([{ number: 1, epochs: [epoch('a', 4), epoch('a', 9)] }])).toBeCloseTo(1 / 5);
    const trials = [
      { number: 1, epochs: [epoch('a', 4)] },
      { number: 2, epochs: [epoch('a', 8)] },
    ];
    expect(idleShare(trials)).toBe(0);
  });

  it('leaves out what a worker waited for because there was no work', () => {
    const trials = [
      { number: 1, epochs: [epoch('a', 4), epoch('b', 8), epoch('a', 13)] },
      { number: 2, epochs: [epoch('b', 4)] },
    ];
    expect(idleShare(trials)).toBeCloseTo(1 / 9);
  });
});
