import { describe, expect, it } from 'vitest';
import { parseInput, toJson } from './json.ts';
import { PrunerSettings } from './pruner.ts';

describe('PrunerSettings', () => {
  it.each([
    [{ type: 'none' }, {}],
    [{ type: 'median' }, { startupTrials: 5, graceEpochs: 1, interval: 1 }],
    [
      { type: 'asha' },
      { mode: 'stopping', minResource: 1, reductionFactor: 3, unit: 'epochs', graceEpochs: 0 },
    ],
    [{ type: 'hyperband' }, { minResource: 1, reductionFactor: 3, unit: 'epochs' }],
    [{ type: 'early-stopping' }, { epochs: 3, minDelta: 0 }],
    [{ type: 'pbt' }, { interval: 2, quantile: 0.25, factors: [0.8, 1.2], resampleProbability: 0.25 }],
  ])('%j needs nothing more than its type', (settings, options) => {
    expect(PrunerSettings.parse(settings)).toEqual({ ...settings, ...options });
  });

  it('reads and writes early stopping as version 0.1.0 does, which has another name for it', () => {
    const settings = PrunerSettings.parse({ type: 'patience', epochs: 5 });
    expect(settings).toEqual({ type: 'early-stopping', epochs: 5, minDelta: 0 });
    expect(JSON.parse(toJson(PrunerSettings, settings))).toEqual({ ...settings, type: 'patience' });
  });

  it.each([
    [
      { type: 'halving' },
      /pruner: type: needs a type: one of none, median, asha, hyperband, early-stopping, pbt/,
    ],
    [{ type: 'none', epochs: 3 }, /there is no option epochs; the options are type$/],
    [
      { type: 'median', startup: 3 },
      /no option startup; the options are type, startupTrials, graceEpochs, interval/,
    ],
    [{ type: 'median', interval: 0 }, /interval: must be a whole number from 1 to 10000/],
    [{ type: 'asha', mode: 'pausing' }, /mode: must be one of stopping, promotion/],
    [{ type: 'asha', unit: 'steps' }, /unit: must be one of epochs, targetTokens/],
    [{ type: 'asha', reductionFactor: 1.5 }, /reductionFactor: must be a whole number from 2 to 100/],
    [{ type: 'hyperband', unit: 'targetTokens' }, /maxTokens: must be given with unit targetTokens/],
    [{ type: 'hyperband', maxTokens: 1000 }, /maxTokens: .* left out with unit epochs/],
    [{ type: 'early-stopping', minDelta: -1 }, /minDelta: must be a number of at least 0/],
    [{ type: 'pbt', quantile: 0.6 }, /quantile: must be a share above 0 and at most 0.5/],
    [{ type: 'pbt', factors: [0.8] }, /factors: must be two numbers, one above 0 and below 1/],
    [{ type: 'pbt', factors: [1.2, 0.8] }, /factors\.0: must be above 0 and below 1/],
    [{ type: 'pbt', resampleProbability: 2 }, /resampleProbability: must be a probability from 0 to 1/],
  ])('refuses %j and says what is allowed', (settings, message) => {
    expect(() => parseInput(PrunerSettings, settings, 'pruner')).toThrow(message);
  });
});
