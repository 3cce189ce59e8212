import { describe, expect, it } from 'vitest';
import { curves, verdictOn } from './test/curves.ts';

const after = (values: readonly number[], options: object = {}) =>
  verdictOn(0, { type: 'early-stopping', epochs: 2, ...options }, curves(values));

describe('early stopping', () => {
  it.each([
    ['an improvement at each epoch', [50, 40, 30], {}, 'continue'],
    ['one epoch without', [50, 40, 41], {}, 'continue'],
    ['two epochs without', [50, 40, 41, 40.5], {}, 'stop'],
    ['two epochs at the best value', [50, 40, 40, 40], {}, 'stop'],
    ['an improvement after one without', [50, 40, 41, 39], {}, 'continue'],
    ['improvements of no more than minDelta', [50, 49, 48], { minDelta: 2 }, 'stop'],
    ['small steps that come to more than minDelta', [50, 49, 47.9], { minDelta: 2 }, 'continue'],
    ['two epochs that are not finite', [50, NaN, Infinity], {}, 'stop'],
    ['nothing finite at all', [NaN, NaN], {}, 'stop'],
    ['a first finite value with a minDelta', [NaN, 50], { minDelta: 2 }, 'continue'],
  ])('after %s: %j', (_, values, options, action) => {
    expect(after(values, options)).toMatchObject({ action, unit: 'epochs', epoch: values.length });
  });

  it('says since when it waits', () => {
    expect(after([50, 40, 41, 42]).reason).toBe(
      'perplexity 42 at epoch 4: the best is 40 at epoch 2, 2 of 2 epochs without improvement',
    );
  });
});
