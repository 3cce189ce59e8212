import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Corrupt, defaultHyperparameters, InvalidInput } from '@honyaku/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { nativeKernels } from '../kernels/choice.ts';
import { networkOf } from '../seq2seq/kinds.ts';
import { Seq2Seq } from '../seq2seq/seq2seq.ts';
import { tf } from '@honyaku/kernels/tensorflow';
import type { Network } from '../networks/network.ts';
import { batchOf, tinyBatch, tinyNetwork, tinyTransformer } from '../seq2seq/tiny-network.fixture.ts';
import { trainWithStops } from './stopped-training.fixture.ts';
import { Trainer } from './trainer.ts';
import { notebookTraining } from './trainer-settings.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trainer-'));
});
afterAll(() => rm(folder, { recursive: true }));

const settings = { ...notebookTraining, learningRate: 0.01, seed: 7 };
const tiny = tinyNetwork();
const kinds = [
  { kind: 'the notebook’s network', architecture: tiny, learningRate: 0.05 },
  { kind: 'a Transformer', architecture: tinyNetwork(tinyTransformer), learningRate: 0.02 },
];

async function bytesAfter(
  architecture: Network,
  steps: number,
  ...stops: readonly number[]
): Promise<Buffer> {
  const training = { architecture, settings, batches: tinyBatch, folder };
  const { model, optimizer } = await trainWithStops(training, steps, stops);
  return Buffer.concat([model, optimizer]);
}

/** A safetensors file with more metadata in its header. */
function withMetadata(file: Buffer, more: Record<string, string>): Buffer {
  const length = Number(file.readBigUInt64LE(0));
  const header: unknown = JSON.parse(file.toString('utf8', 8, 8 + length));
  const { __metadata__: metadata, ...tensors } = z
    .looseObject({ __metadata__: z.object({ step: z.string() }) })
    .parse(header);
  const text = Buffer.from(JSON.stringify({ __metadata__: { ...metadata, ...more }, ...tensors }));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([size, text, file.subarray(8 + length)]);
}

describe.each(kinds)('Trainer of $kind', ({ architecture, learningRate }) => {
  it('lowers the loss of a batch that it sees again and again', () => {
    const network = Seq2Seq.initialise(architecture, 1);
    const trainer = new Trainer(network, { ...settings, dropout: 0, learningRate });
    const losses = Array.from(
      { length: 60 },
      (_, step) => trainer.step(tinyBatch, { epoch: 1, step }).tokenLoss,
    );
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 10);
    trainer.dispose();
    network.dispose();
  });

  it('ends in the same bytes when stopped and continued from its files', async () => {
    const undisturbed = await bytesAfter(architecture, 6);
    expect((await bytesAfter(architecture, 6, 4)).equals(undisturbed)).toBe(true);
    expect((await bytesAfter(architecture, 5)).equals(undisturbed)).toBe(false);
  });

  it('keeps in its state which native kernels computed it, those of other processors too', async () => {
    const network = Seq2Seq.initialise(tiny, 1);
    const trainer = new Trainer(network, settings);
    const file = join(folder, 'kernels.safetensors');
    const stepAndSave = async () => {
      trainer.step(tinyBatch, { epoch: 1, step: 0 });
      await trainer.saveOptimizer(file);
    };
    await stepAndSave();
    const own = nativeKernels === undefined ? [] : [nativeKernels];
    expect(trainer.kernels).toEqual(own);
    await trainer.loadOptimizer(file);
    expect(trainer.kernels).toEqual(own);
    const elsewhere = ['native 0123456789ab avx512', 'tensorflow'];
    await writeFile(file, withMetadata(await readFile(file), { kernels: elsewhere.join(', ') }));
    await trainer.loadOptimizer(file);
    await stepAndSave();
    await trainer.loadOptimizer(file);
    expect(trainer.kernels).toEqual([...elsewhere, ...own]);
    trainer.dispose();
    network.dispose();
  });

  it('leaves no tensor behind', () => {
    const network = Seq2Seq.initialise(architecture, 1);
    const trainer = new Trainer(network, settings);
    trainer.step(tinyBatch, { epoch: 1, step: 0 });
    const before = tf.memory().numTensors;
    for (let step = 1; step < 20; step += 1) trainer.step(tinyBatch, { epoch: 1, step });
    expect(tf.memory().numTensors).toBe(before);
    trainer.dispose();
    network.dispose();
  });

  it('leaves frozen parameters as they are', () => {
    const network = Seq2Seq.initialise(architecture, 1);
    const isFrozen = (name: string) => name.includes('encoder');
    const before = network.parameters.map(({ variable }) => [...variable.values()]);
    const trainer = new Trainer(network, { ...settings, weightDecay: 0.1, isFrozen });
    trainer.step(tinyBatch, { epoch: 1, step: 0 });
    network.parameters.forEach(({ spec, variable }, index) => {
      const moved = [...variable.values()].some((value, at) => value !== before[index]?.[at]);
      if (isFrozen(spec.name)) expect(moved, spec.name).toBe(false);
    });
    expect(network.parameters.flatMap(({ variable }) => [...variable.values()])).not.toEqual(before.flat());
    trainer.dispose();
    network.dispose();
  });

  it('changes nothing on a batch of padding, and bears a row of padding among others', () => {
    const network = Seq2Seq.initialise(architecture, 1);
    const trainer = new Trainer(network, settings);
    const padding = batchOf([{ source: [3, 3], target: [3, 3, 3] }]);
    expect(trainer.step(padding, { epoch: 1, step: 0 })).toEqual({ tokenLoss: 0, targetTokens: 0 });
    const mixed = batchOf([
      { source: [3, 3], target: [3, 3, 3] },
      { source: [5, 2], target: [1, 4, 2] },
    ]);
    expect(trainer.step(mixed, { epoch: 1, step: 1 }).targetTokens).toBe(2);
    trainer.dispose();
    network.dispose();
  });
});

describe('a Trainer', () => {
  it('takes no rate that cannot be used', () => {
    const network = Seq2Seq.initialise(tiny, 1);
    expect(() => new Trainer(network, { ...settings, dropout: 1 })).toThrow(InvalidInput);
    expect(() => new Trainer(network, { ...settings, learningRate: NaN })).toThrow(InvalidInput);
    network.dispose();
  });

  it('refuses the optimiser state of a network of another size, and a file that holds none', async () => {
    const path = join(folder, 'other.safetensors');
    const network = Seq2Seq.initialise(tiny, 1);
    const wide = Seq2Seq.initialise(tinyNetwork({ hiddenSize: 5 }), 1);
    const [trainer, wideTrainer] = [new Trainer(network, settings), new Trainer(wide, settings)];
    await wideTrainer.saveOptimizer(path);
    await expect(trainer.loadOptimizer(path)).rejects.toThrow(
      /m\.encoder\.lstm1\.weight_ih_l0 has the shape/,
    );
    await network.save(path);
    await expect(trainer.loadOptimizer(path)).rejects.toThrow(Corrupt);
    for (const each of [trainer, wideTrainer, network, wide]) each.dispose();
  });
});

describe('the loss without an update', () => {
  it.each(['zero', 'carried'] as const)(
    'of a batch is the sum of its pairs’ alone, whatever their padding (top state %s)',
    (topState) => {
      const network = Seq2Seq.initialise(tinyNetwork({ topState }), 4);
      const pairs = [
        { source: [5, 7, 2], target: [1, 4, 6, 2] },
        { source: [8, 2], target: [1, 9, 5, 7, 4, 2] },
        { source: [4, 6, 5, 8, 2], target: [1, 2] },
      ];
      const alone = pairs.map((pair) => network.loss(batchOf([pair])));
      const before = tf.memory().numTensors;
      const together = network.loss(batchOf(pairs));
      expect(tf.memory().numTensors).toBe(before);
      expect(together.targetTokens).toBe(9);
      expect(together.tokenLoss).toBeCloseTo(
        alone.reduce((sum, { tokenLoss }) => sum + tokenLoss, 0),
        4,
      );
      network.dispose();
    },
  );
});

describe('Seq2Seq', () => {
  it('starts the same from the same seed, and comes back from a file with the same bytes', async () => {
    const path = join(folder, 'start.safetensors');
    const bytesOf = async (network: Seq2Seq) => {
      await network.save(path);
      network.dispose();
      return readFile(path);
    };
    const first = await bytesOf(Seq2Seq.initialise(tiny, 1));
    expect(await bytesOf(await Seq2Seq.load(path, tiny))).toEqual(first);
    expect(await bytesOf(Seq2Seq.initialise(tiny, 1))).toEqual(first);
    expect(await bytesOf(Seq2Seq.initialise(tiny, 2))).not.toEqual(first);
  });

  it('leaves the tensors that it was made of as they are, however it is trained', () => {
    const tensors = new Map(
      tiny.parameters.flatMap(({ layout }) =>
        layout.tensors.map(({ name, shape }) => {
          const size = shape.reduce((a, b) => a * b, 1);
          return [name, { shape, data: new Float32Array(size).fill(0.1) }] as const;
        }),
      ),
    );
    for (let round = 0; round < 5; round += 1) {
      const network = Seq2Seq.fromTensors({ tensors, metadata: {} }, tiny, 'memory');
      const trainer = new Trainer(network, settings);
      trainer.step(tinyBatch, { epoch: 1, step: 0 });
      trainer.dispose();
      network.dispose();
    }
    for (const [name, { data }] of tensors) expect(new Set(data), name).toEqual(new Set([Math.fround(0.1)]));
  });

  it('has the number of parameters of the notebook', () => {
    const network = Seq2Seq.initialise(
      networkOf({ hyperparameters: defaultHyperparameters }, { source: 8000, target: 8000 }),
      1,
    );
    expect(network.parameterCount).toBe(25_691_456);
    network.dispose();
  });

  it('refuses a checkpoint that is truncated, and names the parameter that has another shape', async () => {
    const path = join(folder, 'refused.safetensors');
    const network = Seq2Seq.initialise(tiny, 1);
    await network.save(path);
    network.dispose();
    const wider = Seq2Seq.load(path, tinyNetwork({ hiddenSize: 5 }));
    await expect(wider).rejects.toThrow(/encoder\.lstm1\.weight_ih_l0 has the shape \[16, 3\].*\[20, 3\]/);
    await truncate(path, 1000);
    await expect(Seq2Seq.load(path, tiny)).rejects.toThrow(Corrupt);
    await truncate(path, 3);
    await expect(Seq2Seq.load(path, tiny)).rejects.toThrow(/truncated/);
  });
});
