import { describe, expect, it } from 'vitest';
import { constantsOf, withConstants } from './constants.ts';
import { parseInput, toJson } from './json.ts';
import { SweepSpec } from './sweep-spec.ts';

const learningRate = { type: 'float', low: 0.0001, high: 0.01, log: true };
const parameters = { hiddenSize: 24, embeddingSize: 24, layers: 2, topState: 'carried', learningRate };
const sweepOf = (change: object) => ({ name: 'one', corpus: { digest: 'a'.repeat(64) }, ...change });
const read = (change: object) => parseInput(SweepSpec, withConstants(sweepOf(change)), 'sweep');
const byHand = (...trials: object[]) => trials.map((hyperparameters) => ({ hyperparameters }));

describe('trials by hand of a sweep file', () => {
  it('have the constants of the file where they set nothing, and defaults where it has a range or nothing', () => {
    const [first, second] = read({
      parameters,
      trialsByHand: byHand({ learningRate: 0.002 }, { layers: 4 }),
    }).trialsByHand;
    const constants = { hiddenSize: 24, embeddingSize: 24, topState: 'carried', dropout: 0.2 };
    expect(first?.hyperparameters).toMatchObject({ ...constants, layers: 2, learningRate: 0.002 });
    expect(second?.hyperparameters).toMatchObject({ ...constants, layers: 4, learningRate: 0.0001 });
  });

  it('are refused by name where what they set does not go with a constant', () => {
    expect(() =>
      read({
        parameters: { attention: 'dot', inputFeeding: true },
        trialsByHand: byHand({ attention: 'none' }),
      }),
    ).toThrow('sweep: trialsByHand.0.hyperparameters.inputFeeding: there is no attention to feed');
  });

  it('take no constant that is not allowed, which is reported where it is given', () => {
    expect(constantsOf({ dropout: 1.5, layers: 2, hiddenSize: 'wide', colour: 'red' })).toEqual({
      layers: 2,
    });
    const wrong = { parameters: { learningRate: [] }, trialsByHand: byHand({}) };
    expect(() => read(wrong)).toThrow(/^sweep: parameters\.learningRate: [^;]*$/);
  });

  it.each([
    null,
    'text',
    { trialsByHand: 3 },
    { trialsByHand: [null, {}, { hyperparameters: 3 }], parameters: [] },
  ])('of the form %j are left to the schema', (written) => {
    expect(withConstants(written)).toEqual(written);
  });

  it('are stored with every hyperparameter, so that a stored sweep is read without its constants', () => {
    const spec = read({ parameters, trialsByHand: byHand({ learningRate: 0.002 }) });
    const stored: unknown = JSON.parse(toJson(SweepSpec, spec));
    expect(SweepSpec.parse(stored)).toEqual(spec);
    const earlier = sweepOf({ parameters, trialsByHand: byHand({ learningRate: 0.002 }) });
    expect(SweepSpec.parse(earlier).trialsByHand[0]?.hyperparameters).toMatchObject({ hiddenSize: 512 });
  });
});
