/**
 * node --import tsx tools/curves/train.ts PRESET.yaml OUTPUT [--seed N] [--epochs N]: trains one trial of a preset
 * on the 20,000 pairs of the comparison, in this process and without a queue. Each epoch adds a line to
 * OUTPUT/epochs.jsonl as torch_train.py does, with the BLEU of the held-out translations, and leaves its weights.
 */
import { type Hyperparameters, SweepFile, parseInput } from '@honyaku/contracts';
import {
  evaluationBatches,
  openSplit,
  sampledSubwords,
  type Split,
  type SubwordOptions,
  trainBatches,
} from '@honyaku/data';
import { networkShape, Seq2Seq, Trainer } from '@honyaku/model';
import { suggestTrial } from '@honyaku/search';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { heldOutBleu } from './held-out-bleu.ts';
import { notebookDataset } from './notebook-dataset.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string', default: '1' }, epochs: { type: 'string' } },
});
const [preset = '', output = ''] = positionals;
const seed = Number(values.seed);
const spec = parseInput(SweepFile, parse(await readFile(preset, 'utf8')), preset);
const settings = suggestTrial({ space: spec.parameters, sampler: spec.sampler, seed, trials: 1 }, 0);
if (!settings) throw new Error(`${preset} has no trial`);
await mkdir(output, { recursive: true });
await train(settings, Number(values.epochs ?? spec.epochs));

async function train(hyperparameters: Hyperparameters, epochs: number): Promise<void> {
  const dataset = await notebookDataset(print);
  const [split, test] = await Promise.all([openSplit(dataset.train), openSplit(dataset.test)]);
  const network = Seq2Seq.initialise(networkShape(hyperparameters, dataset.vocabularySize), seed);
  const trainer = new Trainer(network, { ...hyperparameters, seed });
  let seconds = 0;
  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    const started = performance.now();
    const seen = await epochSplit(split, dataset.tokenizers, {
      alpha: hyperparameters.subwordAlpha,
      seed,
      epoch,
    });
    const { steps, from } = trainBatches(seen, { ...hyperparameters, seed, epoch });
    let [step, loss, tokens] = [0, 0, 0];
    for (const batches of from(0)) {
      const progress = (epoch - 1 + step / steps) / epochs;
      const { tokenLoss, targetTokens } = trainer.step(batches, { epoch, step, progress });
      [step, loss, tokens] = [step + 1, loss + tokenLoss, tokens + targetTokens];
    }
    seconds += (performance.now() - started) / 1000;
    const row = {
      epoch,
      seconds: Number(seconds.toFixed(1)),
      steps,
      trainPerplexity: Math.exp(loss / tokens),
      ...heldOut(trainer.model, evaluationBatches(test, 32)),
      bleu: await heldOutBleu(trainer.model, test, dataset.tokenizers.target),
    };
    await trainer.model.save(join(output, `epoch-${epoch}.safetensors`));
    await appendFile(join(output, 'epochs.jsonl'), `${JSON.stringify(row)}\n`);
    print(JSON.stringify(row));
  }
}

function epochSplit(
  split: Split,
  tokenizers: SubwordOptions['tokenizers'],
  options: Pick<SubwordOptions, 'alpha' | 'seed' | 'epoch'>,
): Promise<Split> {
  if (options.alpha === 0) return Promise.resolve(split);
  return sampledSubwords(split, { ...options, tokenizers, breathe: () => Promise.resolve() });
}

function heldOut(model: Seq2Seq, batches: ReturnType<typeof evaluationBatches>) {
  const means: number[] = [];
  let [loss, tokens] = [0, 0];
  for (const batch of batches) {
    const { tokenLoss, targetTokens } = model.loss(batch);
    means.push(tokenLoss / targetTokens);
    [loss, tokens] = [loss + tokenLoss, tokens + targetTokens];
  }
  return {
    batchMean: Math.exp(means.reduce((sum, mean) => sum + mean, 0) / means.length),
    perplexity: Math.exp(loss / tokens),
  };
}
