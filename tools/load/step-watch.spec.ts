import { describe, expect, it } from 'vitest';
import { slowdown } from './step-watch.ts';

/** A second of training of a worker, at a price. */
const stretch = (worker: string, second: number, secondsOfToken: number) => ({
  worker,
  from: second * 1000,
  to: (second + 1) * 1000,
  targetTokens: 0.9 / secondsOfToken,
  seconds: 0.9,
  cpuSeconds: 0.5,
});
const period = (second: number) => ({ from: second * 1000, to: (second + 1) * 1000 });
const pairs = [0, 2, 4].map((second) => ({ with: period(second), without: period(second + 1) }));
const seconds = ({ seconds }: { readonly seconds: number }) => seconds;

describe('the slowdown', () => {
  it('is that of the worker that is slowed most', () => {
    const stretches = [0, 1, 2, 3, 4, 5].flatMap((second) => [
      stretch('a', second, 0.01),
      stretch('b', second, second % 2 === 0 ? 0.0103 : 0.01),
    ]);
    const { share, low, high, pairs: counting } = slowdown(stretches, pairs, seconds);
    expect(share).toBeCloseTo(0.03);
    expect(low).toBeCloseTo(0.03);
    expect(high).toBeCloseTo(0.03);
    expect(counting).toBe(3);
  });

  it('has a wide interval when pairs differ', () => {
    const prices = [0.012, 0.01, 0.01, 0.01, 0.009, 0.01];
    const stretches = prices.map((price, second) => stretch('a', second, price));
    const { low, high } = slowdown(stretches, pairs, seconds);
    expect(low).toBeLessThan(-0.1);
    expect(high).toBeGreaterThan(0.1);
  });

  it('leaves out pairs in which a worker did not train', () => {
    const stretches = [0, 1, 2, 3, 4, 5].flatMap((second) => [
      stretch('a', second, 0.01),
      ...(second === 3 ? [] : [stretch('b', second, 0.01)]),
    ]);
    expect(slowdown(stretches, pairs, seconds).pairs).toBe(2);
  });
});
