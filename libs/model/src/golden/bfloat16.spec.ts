import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nativeKernels } from '../kernels/choice.ts';
import { describeOnEachInstructionSet } from '../kernels/instruction-sets.fixture.ts';
import { tinyBatch, tinyNetwork, tinyTransformer } from '../seq2seq/tiny-network.fixture.ts';
import { trainWithStops } from '../training/stopped-training.fixture.ts';
import { notebookTraining } from '../training/trainer-settings.ts';
import { compareWithGolden } from './golden.ts';

const tiny = tinyNetwork({ cell: 'gru', attention: 'general', bidirectional: true, topState: 'carried' });
const settings = { ...notebookTraining, dropout: 0 };
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bfloat16-'));
});
afterAll(() => rm(folder, { recursive: true }));

describeOnEachInstructionSet('in bfloat16', () => {
  it.each([
    ['notebook', 0.002, 0.03],
    ['stateful', 0.002, 0.03],
    ['marian', 0.002, 0.03],
    // The slope of its relu changes where rounding changes a sign.
    ['marian-deep', 0.02, 0.2],
  ])(
    'the golden numbers of %s come out to within a few hundredths',
    async (name, lossTolerance, gradientTolerance) => {
      const golden = fileURLToPath(new URL(`../fixtures/golden/${name}`, import.meta.url));
      const { logits, loss, gradients } = await compareWithGolden(golden);
      expect(logits).toBeLessThan(0.02);
      expect(loss).toBeLessThan(lossTolerance);
      expect(gradients).toBeLessThan(gradientTolerance);
    },
  );

  it.each([
    ['a GRU', tiny, 0.05],
    ['a Transformer', tinyNetwork(tinyTransformer), 0.02],
  ])(
    'training that is stopped and continued from its files ends in the same bytes: %s',
    async (_, architecture, learningRate) => {
      const training = { architecture, settings: { ...settings, learningRate }, batches: tinyBatch, folder };
      const trained = (steps: number, ...stops: readonly number[]) => trainWithStops(training, steps, stops);
      const undisturbed = await trained(60);
      expect((await trained(60, 31)).model.equals(undisturbed.model)).toBe(true);
      expect(undisturbed.loss).toBeLessThan((await trained(1)).loss / 2);
    },
  );
});

it('an update in bfloat16 names its precision among the kernels that computed it', () => {
  expect(nativeKernels).toMatch(/^native [0-9a-f]{12} \S+ bfloat16$/);
});
