/** Trains one trial of a preset on the 20,000 pairs of the comparison, in this process and without a queue. */
import { type Hyperparameters, InvalidInput, parseInput, SweepFile } from '@honyaku/contracts';
import { openSplit, sampledSubwords, type Split, type SubwordOptions, trainBatches } from '@honyaku/data';
import { networkOf, Seq2Seq, Trainer } from '@honyaku/model';
import { suggestTrial } from '@honyaku/search';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { heldOutPerplexities } from '../held-out.ts';
import { heldOutBleu, type EpochRow } from './records.ts';
import { benchDataset } from '@honyaku/tools/bench/bench-dataset.ts';

/** Gives a row after each epoch, without the time that evaluating took. */
export async function* runPreset(path: string, seed: number): AsyncGenerator<EpochRow> {
  const { hyperparameters, epochs } = await trialOf(path, seed);
  const dataset = await benchDataset('notebook', () => undefined);
  const [split, test] = await Promise.all([openSplit(dataset.train), openSplit(dataset.test)]);
  const network = Seq2Seq.initialise(networkOf({ hyperparameters }, dataset.vocabularySize), seed);
  const trainer = new Trainer(network, { ...hyperparameters, seed });
  let seconds = 0;
  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    const started = performance.now();
    const options = { alpha: hyperparameters.subwordAlpha, seed, epoch };
    const { steps, from } = trainBatches(await pairsOf(split, dataset.tokenizers, options), {
      ...hyperparameters,
      seed,
      epoch,
    });
    let step = 0;
    for (const batches of from(0)) {
      trainer.step(batches, { epoch, step, progress: (epoch - 1 + step / steps) / epochs });
      step += 1;
    }
    seconds += (performance.now() - started) / 1000;
    yield {
      epoch,
      seconds: Number(seconds.toFixed(1)),
      ...heldOutPerplexities(trainer.model, test, hyperparameters.batchSize),
      bleu: await heldOutBleu(trainer.model, test, dataset.tokenizers),
    };
  }
  trainer.dispose();
  network.dispose();
}

async function trialOf(
  path: string,
  seed: number,
): Promise<{ hyperparameters: Hyperparameters; epochs: number }> {
  const {
    parameters: space,
    sampler,
    epochs,
  } = parseInput(SweepFile, parse(await readFile(path, 'utf8')), path);
  const hyperparameters = suggestTrial({ space, sampler, seed, trials: 1 }, 0);
  if (!hyperparameters) throw new InvalidInput(`${path} has no trial`);
  // The plateau schedule needs the history that a sweep keeps.
  if (hyperparameters.schedule === 'plateau')
    throw new InvalidInput(`${path}: schedule plateau needs a sweep`);
  return { hyperparameters, epochs };
}

async function pairsOf(
  split: Split,
  tokenizers: SubwordOptions['tokenizers'],
  options: Pick<SubwordOptions, 'alpha' | 'seed' | 'epoch'>,
): Promise<Split> {
  if (options.alpha === 0) return split;
  return sampledSubwords(split, { ...options, tokenizers, yieldToEventLoop: () => Promise.resolve() });
}
