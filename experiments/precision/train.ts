/** One run in the precision of its process: trains a network from its first weights and prints what it came to. */
import { fromJson } from '@honyaku/contracts';
import { openSplit, type Split, trainBatches } from '@honyaku/data';
import { networkOf, Seq2Seq, Trainer } from '@honyaku/model';
import { benchDataset } from '@honyaku/tools/bench/bench-dataset.ts';
import { heldOutPerplexities } from '../held-out.ts';
import { epochs, heldOutPairs, hyperparametersOf, trainPairs } from './network-sizes.ts';
import { type Learnt, RunArguments } from './run.ts';

const { network: name, seed } = fromJson(RunArguments, process.argv[2] ?? '', 'first argument');
const dataset = await benchDataset(name, () => undefined);
const train = firstPairs(await openSplit(dataset.train), trainPairs[name]);
const heldOut = firstPairs(await openSplit(dataset.test), heldOutPairs);
const hyperparameters = hyperparametersOf(name);
const network = Seq2Seq.initialise(networkOf({ hyperparameters }, dataset.vocabularySize), seed);
const trainer = new Trainer(network, { ...hyperparameters, seed });

const started = performance.now();
let updates = 0;
for (let epoch = 1; epoch <= epochs; epoch += 1) {
  const { steps, from } = trainBatches(train, { ...hyperparameters, seed, epoch });
  let step = 0;
  for (const batches of from(0)) {
    trainer.step(batches, { epoch, step, progress: (epoch - 1 + step / steps) / epochs });
    step += 1;
  }
  updates += steps;
}
const { perplexity } = heldOutPerplexities(network, heldOut, hyperparameters.batchSize);
const learnt: Learnt = { perplexity, updates, seconds: (performance.now() - started) / 1000 };
process.stdout.write(JSON.stringify(learnt));

/** A random part of a split, since its pairs are shuffled. */
function firstPairs(split: Split, length: number): Split {
  return { ...split, length: Math.min(length, split.length) };
}
