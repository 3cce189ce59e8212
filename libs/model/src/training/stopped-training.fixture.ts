/** Training that is stopped and continued from its files. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Batch } from '@honyaku/contracts';
import type { Network } from '../networks/network.ts';
import { Seq2Seq } from '../seq2seq/seq2seq.ts';
import { Trainer } from './trainer.ts';
import { type TrainerSettings } from './trainer-settings.ts';

interface Training {
  readonly architecture: Network;
  readonly settings: TrainerSettings;
  readonly batches: Batch | readonly Batch[];
  /** Takes the files. */
  readonly folder: string;
}

/**
 * Takes so many steps with the same batches.
 * @param stops steps before which training is stopped and continued from its files
 * @returns the last step's loss, and the bytes of the files that the last step left
 */
export async function trainWithStops(
  { architecture, settings, batches, folder }: Training,
  steps: number,
  stops: readonly number[] = [],
): Promise<{ loss: number; model: Buffer; optimizer: Buffer }> {
  const [model, optimizer] = [join(folder, 'model.safetensors'), join(folder, 'optimizer.safetensors')];
  let network = Seq2Seq.initialise(architecture, 1);
  let trainer = new Trainer(network, settings);
  const stop = async () => {
    await trainer.model.save(model);
    await trainer.saveOptimizer(optimizer);
    trainer.dispose();
    network.dispose();
  };
  let loss = NaN;
  for (let step = 0; step < steps; step += 1) {
    if (stops.includes(step)) {
      await stop();
      network = await Seq2Seq.load(model, architecture);
      trainer = new Trainer(network, settings);
      await trainer.loadOptimizer(optimizer);
    }
    loss = trainer.step(batches, { epoch: 1, step }).tokenLoss;
  }
  await stop();
  return { loss, model: await readFile(model), optimizer: await readFile(optimizer) };
}
