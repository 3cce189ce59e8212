import { type HeldOutHistory } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { afterEpoch, emptyHistory } from './held-out-history.ts';

const historyOf = (...perplexities: number[]): HeldOutHistory =>
  perplexities.reduce(
    (history, perplexity, index) => afterEpoch(history, index + 1, perplexity),
    emptyHistory,
  );

describe('the history of held-out perplexities', () => {
  it('keeps the first of the best epochs and counts those since', () => {
    expect(historyOf(90, 70, 70, 80)).toEqual({
      bestEpoch: 2,
      bestPerplexity: 70,
      epochsSinceBest: 2,
      plateauFactor: 0.25,
    });
  });

  it('keeps the lowered rate after an improvement', () => {
    expect(historyOf(90, 95, 60)).toEqual({
      bestEpoch: 3,
      bestPerplexity: 60,
      epochsSinceBest: 0,
      plateauFactor: 0.5,
    });
  });

  it('takes a perplexity that is not a number for no improvement', () => {
    expect(historyOf(NaN)).toEqual({ ...emptyHistory, epochsSinceBest: 1, plateauFactor: 0.5 });
  });
});
