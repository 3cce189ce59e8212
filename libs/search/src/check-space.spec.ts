import { SearchSpace } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { checkSpace } from './check-space.ts';

const choice = (values: unknown[], when?: object) => ({ type: 'choice', values, ...(when ? { when } : {}) });
const layers = { type: 'int', low: 2, high: 3 };
const numbers = Array.from({ length: 1_001 }, (_, index) => index + 1);

describe('a space', () => {
  it.each([
    [
      'a value that is there twice',
      { hiddenSize: choice([256, 256, 512]) },
      'hiddenSize.values.1: 256 is there already',
    ],
    [
      'an excluded bound above',
      { dropout: { type: 'float', low: 0.85, high: 1 } },
      'dropout.high: must be below 1',
    ],
    [
      'an excluded bound below',
      { learningRate: { type: 'float', low: 0, high: 1 } },
      'learningRate.low: must be above 0',
    ],
    [
      'a last step too far',
      { dropout: { type: 'float', low: 0, high: 1, step: 0.5 } },
      'dropout.high: must be below 1',
    ],
    ['a word for a number', { hiddenSize: choice([64, 'wide']) }, 'hiddenSize.values.1: must be a number'],
    ['a constant that is not allowed', { layers: 9 }, 'layers: must be at most 6'],
    [
      'a continuum of whole numbers',
      { batchSize: { type: 'float', low: 8, high: 16 } },
      'batchSize.type: must be a whole number',
    ],
    [
      'steps between whole numbers',
      { batchSize: { type: 'float', low: 8, high: 16, step: 0.5 } },
      'batchSize.step: must be a whole number',
    ],
    ['a number for a word', { cell: { type: 'int', low: 0, high: 1 } }, 'cell.low: .*"lstm"'],
    [
      'a condition outside a range',
      { layers, dropout: choice([0.1], { layers: 4 }) },
      'dropout.when.layers: layers is never 4; it is a whole number from 2 to 3',
    ],
    [
      'a condition on a text for a number',
      { layers, dropout: choice([0.1], { layers: '2' }) },
      'dropout.when.layers: layers is never the text "2"',
    ],
    [
      'one value of a condition outside a range',
      { layers, dropout: choice([0.1], { layers: [2, 4] }) },
      'dropout.when.layers: layers is never 4',
    ],
    [
      'a condition between steps',
      { batchSize: { type: 'int', low: 8, high: 32, step: 8 }, dropout: choice([0.1], { batchSize: 12 }) },
      'dropout.when.batchSize: batchSize is never 12; it is a whole number from 8 to 32 in steps of 8',
    ],
    [
      'a condition on one number of a continuum',
      { weightDecay: { type: 'float', low: 0, high: 1 }, dropout: choice([0.1], { weightDecay: 0.5 }) },
      'dropout.when.weightDecay: weightDecay is never 0.5; it is any number from 0 to 1, never exactly one: give it a step',
    ],
    [
      'conditions that exclude each other',
      {
        attention: choice(['none', 'dot']),
        inputFeeding: choice([true, false], { attention: 'dot' }),
        dropout: choice([0.1, 0.2], { inputFeeding: true, attention: 'none' }),
      },
      'dropout.when: never holds: what it waits for needs different values of attention',
    ],
  ])('is refused for %s, by the name of the field', (_, space, message) => {
    expect(() => checkSpace(SearchSpace.parse(space))).toThrow(new RegExp(`^parameters\\.${message}`));
  });

  it.each([
    ['of a choice', { batchSize: choice(numbers) }, 'batchSize.values'],
    [
      'of a condition',
      { batchSize: { type: 'int', low: 1, high: 4096 }, dropout: choice([0], { batchSize: numbers }) },
      'dropout.when.batchSize',
    ],
  ])('is refused for more than 1,000 values %s', (_, space, field) => {
    const refused = () => checkSpace(SearchSpace.parse(space));
    expect(refused).toThrow(`parameters.${field}: give at most 1000 values`);
  });

  it.each([
    ['a continuum', { type: 'float', low: 1e-300, high: 1.7e308, log: true }],
    ['a continuum beyond all numbers', { type: 'float', low: 0.5, high: 1.7e308 }],
    ['steps', { type: 'float', low: 0.5, high: 10.5, step: 5 }],
  ])('with a bound that is not allowed is refused for the bound alone: %s', (_, learningRate) => {
    expect(() => checkSpace(SearchSpace.parse({ learningRate }))).toThrow(
      /^parameters\.learningRate\.high: must be at most 1$/,
    );
  });

  it('is refused in few words for a long text', () => {
    const text = 'x'.repeat(100_000);
    const refused = () => checkSpace(SearchSpace.parse({ layers, cell: choice([text, text]) }));
    expect(refused).toThrow(/^.{0,500}$/);
    expect(refused).toThrow(/cell\.values\.1: x+… is there already/);
    expect(() => checkSpace(SearchSpace.parse({ layers, dropout: choice([0.1], { layers: text }) }))).toThrow(
      /layers is never the text "x{80}…";/,
    );
  });

  it('is refused for a number that ranges cannot be computed with', () => {
    expect(() => checkSpace(SearchSpace.parse({ clipNorm: 1e31 }))).toThrow(
      'parameters.clipNorm: must be at most 1e+30',
    );
  });

  it.each([
    { dropout: { type: 'float', low: 0, high: 0.99 } },
    { dropout: { type: 'float', low: 0, high: 1, step: 0.3 } },
    { batchSize: { type: 'float', low: 8, high: 64, step: 8 } },
    { learningRate: { type: 'float', low: 0.1, high: 0.1 } },
    { layers, dropout: choice([0.1], { layers: [2, 3] }) },
    {
      weightDecay: { type: 'float', low: 0, high: 1, step: 0.1 },
      dropout: choice([0.1], { weightDecay: 0.3 }),
    },
    { batchSize: { type: 'int', low: 8, high: 64, log: true }, dropout: choice([0.1], { batchSize: 13 }) },
  ])('is taken as it is: %j', (space) => {
    expect(() => checkSpace(SearchSpace.parse(space))).not.toThrow();
  });

  it('has the first of many problems named and the others counted', () => {
    const values = Array.from({ length: 1_000 }, () => 64);
    expect(() => checkSpace(SearchSpace.parse({ hiddenSize: choice(values) }))).toThrow(
      /values\.10: .*; and 989 more$/,
    );
  });
});
