import { expect, it } from 'vitest';
import { exampleTrial } from '../test/examples.ts';
import { bestEpochOf, lowestPerplexityOf } from './best-epoch.ts';

const best = (...perplexities: number[]) => bestEpochOf(exampleTrial('few-123456', 1, perplexities))?.epoch;

it('is the earliest epoch with the lowest held-out perplexity', () => {
  expect(best(5, 3, 4, 3)).toBe(2);
});

it('is never an epoch whose perplexity is not finite', () => {
  expect(best(NaN, 5, -Infinity, NaN)).toBe(2);
  expect(best(NaN, Infinity)).toBeUndefined();
  expect(best()).toBeUndefined();
});

it('has the lowest perplexity of the trial, or else the lowest perplexity is infinite', () => {
  expect(lowestPerplexityOf(exampleTrial('few-123456', 1, [NaN, 5, 6]))).toBe(5);
  expect(lowestPerplexityOf(exampleTrial('few-123456', 1, [NaN]))).toBe(Infinity);
});
