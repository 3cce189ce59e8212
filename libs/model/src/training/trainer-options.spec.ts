import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '../checkpoint/safetensors.ts';
import { Seq2Seq } from '../seq2seq/seq2seq.ts';
import { batchOf, tinyBatch, tinyNetwork, tinyTransformer } from '../seq2seq/tiny-network.fixture.ts';
import { trainWithStops } from './stopped-training.fixture.ts';
import { Trainer } from './trainer.ts';
import { notebookTraining, type TrainerSettings } from './trainer-settings.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainer-options-'));
});
afterAll(() => rm(folder, { recursive: true }));

const tiny = tinyNetwork({ topState: 'carried', attention: 'general', bidirectional: true });
const transformer = tinyNetwork({ ...tinyTransformer, encoderLayers: 1, decoderLayers: 1 });
const plain: TrainerSettings = { ...notebookTraining, learningRate: 0.01, dropout: 0 };
const firstPlace = { epoch: 1, step: 0 };

const pairs = [
  { source: [5, 7, 2], target: [1, 4, 6, 2] },
  { source: [8, 2], target: [1, 9, 5, 7, 4, 2] },
  { source: [4, 6, 5, 8, 2], target: [1, 2] },
];

/** All weights in one row: at first, of the network after `train`, and of what the trainer calls its model. */
function train(settings: TrainerSettings, steps: (trainer: Trainer) => void) {
  const network = Seq2Seq.initialise(tiny, 1);
  const before = weightsOf(network);
  const trainer = new Trainer(network, settings);
  steps(trainer);
  const result = { before, after: weightsOf(network), model: weightsOf(trainer.model) };
  trainer.dispose();
  network.dispose();
  return result;
}

const once = (trainer: Trainer) => void trainer.step(tinyBatch, firstPlace);
const weightsOf = (network: Seq2Seq) =>
  network.parameters.flatMap(({ variable }) => Array.from(variable.values()));
const largestDifference = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? NaN))));

describe('an update', () => {
  it('from several batches is that from one batch of all their pairs', () => {
    const together = train(plain, once).after;
    const apart = train(plain, (trainer) => {
      trainer.step([batchOf(pairs.slice(0, 2)), batchOf(pairs.slice(2))], firstPlace);
    }).after;
    expect(largestDifference(together, apart)).toBeLessThan(1e-5);
    const first = train(plain, (trainer) => trainer.step(batchOf(pairs.slice(0, 2)), firstPlace)).after;
    expect(largestDifference(together, first)).toBeGreaterThan(1e-3);
  });

  it('takes away the share of each weight that the decay says, apart from the gradient', () => {
    const { before, after } = train({ ...plain, weightDecay: 0.5 }, once);
    const undecayed = train(plain, once).after;
    expect(
      largestDifference(
        after,
        undecayed.map((value, index) => value - 0.01 * 0.5 * (before[index] ?? NaN)),
      ),
    ).toBeLessThan(1e-6);
  });

  it('moves the average by its share of the way, and leaves the network where Adam took it', () => {
    const { before, after, model } = train({ ...plain, averageDecay: 0.75 }, once);
    expect(after).toEqual(train(plain, once).after);
    expect(
      largestDifference(
        model,
        after.map((value, index) => 0.25 * value + 0.75 * (before[index] ?? NaN)),
      ),
    ).toBeLessThan(1e-6);
  });

  it.each([
    ['warm-up', { warmupSteps: 4 }, firstPlace, 1 / 4],
    ['plateau', { schedule: 'plateau' }, { ...firstPlace, plateauFactor: 0.5 }, 1 / 2],
    ['cosine', { schedule: 'cosine' }, { ...firstPlace, progress: 0.5 }, 1 / 2],
  ] as const)('is as long as the schedule says: %s', (_name, settings, place, share) => {
    const { before, after } = train({ ...plain, ...settings }, (trainer) => trainer.step(tinyBatch, place));
    const whole = train(plain, once).after;
    expect(
      largestDifference(
        after,
        whole.map((value, index) => share * value + (1 - share) * (before[index] ?? NaN)),
      ),
    ).toBeLessThan(1e-6);
  });

  it('reports the loss without the smoothing that it trains with', () => {
    const lossOf = (labelSmoothing: number) => {
      let loss = 0;
      train({ ...plain, labelSmoothing }, (trainer) => {
        loss = trainer.step(tinyBatch, firstPlace).tokenLoss;
      });
      return loss;
    };
    expect(lossOf(0.3)).toBe(lossOf(0));
    expect(train({ ...plain, labelSmoothing: 0.3 }, once).after).not.toEqual(train(plain, once).after);
  });

  it.each([
    [0.001, 0.001],
    [0, undefined],
    [1000, undefined],
  ])('clipped at the norm %s takes the gradient at the norm %s, or whole', async (clipNorm, expected) => {
    const path = join(folder, 'clipped.safetensors');
    const gradientNorm = async (settings: TrainerSettings) => {
      const network = Seq2Seq.initialise(tiny, 1);
      const trainer = new Trainer(network, settings);
      once(trainer);
      await trainer.saveOptimizer(path);
      trainer.dispose();
      network.dispose();
      const { tensors } = await readSafetensors(path);
      const squares = [...tensors].flatMap(([name, { data }]) =>
        name.startsWith('m.') ? Array.from(data, (value) => (value / 0.1) ** 2) : [],
      );
      return Math.sqrt(squares.reduce((sum, value) => sum + value, 0));
    };
    const whole = await gradientNorm(plain);
    expect(await gradientNorm({ ...plain, clipNorm })).toBeCloseTo(expected ?? whole, 6);
    expect(whole).toBeGreaterThan(0.01);
  });
});

describe('training with every option on', () => {
  const everything: TrainerSettings = {
    ...plain,
    dropout: 0.3,
    labelSmoothing: 0.1,
    clipNorm: 0.5,
    weightDecay: 0.1,
    schedule: 'inverse-sqrt',
    warmupSteps: 3,
    averageDecay: 0.9,
    wordDropout: 0.2,
    attentionDropout: 0.2,
    activationDropout: 0.2,
    layerDropout: 0.2,
  };
  const steps = 8;

  it.each([
    ['an LSTM', tiny],
    ['a Transformer', transformer],
  ])(
    'ends in the same bytes wherever it was stopped and continued from its files: %s',
    async (_, architecture) => {
      const batches = [tinyBatch, batchOf(pairs.slice(1))];
      const bytesAfter = async (stops: readonly number[]) => {
        const training = { architecture, settings: everything, batches, folder };
        const { model, optimizer } = await trainWithStops(training, steps, stops);
        return Buffer.concat([model, optimizer]);
      };
      const undisturbed = await bytesAfter([]);
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(fc.nat(steps - 1), { minLength: 1, maxLength: 3 }), async (stops) => {
          expect((await bytesAfter(stops)).equals(undisturbed)).toBe(true);
        }),
        { numRuns: 20 },
      );
    },
  );
});
