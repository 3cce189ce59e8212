import { type SweepEvent, defaultHyperparameters } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { sizeOfBatch } from './log.ts';

const small: SweepEvent = { type: 'time-passed' };
const byHand = (count: number): SweepEvent => ({
  type: 'trials-added',
  trials: Array.from({ length: count }, () => ({ hyperparameters: defaultHyperparameters })),
});

describe('events that wait for one sweep', () => {
  it('go into one entry together, but for what is large', () => {
    expect(sizeOfBatch([])).toBe(0);
    expect(sizeOfBatch(Array<SweepEvent>(64).fill(small))).toBe(64);
    expect(sizeOfBatch([byHand(600), small, byHand(600), small])).toBe(2);
    expect(sizeOfBatch([byHand(1_000), byHand(1_000)])).toBe(1);
    expect(sizeOfBatch([small, byHand(5_000)])).toBe(1);
  });
});
