/** Our training: takes the steps that it is asked for and answers with the milliseconds of each. */
import { fromJson } from '@honyaku/contracts';
import { productSpeed, Seq2Seq, Trainer } from '@honyaku/model';
import { benchDataset, epochBatches } from '../bench-dataset.ts';
import { networks } from '../networks.ts';
import { benchNetwork } from './network.ts';
import { TrainArguments, TrainRequest } from '../protocol.ts';
import { median } from '../samples.ts';
import { timeKernels } from './kernel-time.ts';
import { setting } from '../setting.ts';
import { answerLines } from './lines.ts';

const { network: name, ...args } = fromJson(TrainArguments, process.argv[2] ?? '', 'first argument');
const dataset = await benchDataset(name, () => undefined);
const batches = await epochBatches(dataset, args.batching);
const network = Seq2Seq.initialise(benchNetwork(name, dataset.vocabularySize), setting.seed);
const trainer = new Trainer(network, {
  ...networks[name].hyperparameters,
  learningRate: args.learningRate,
  seed: setting.seed,
});
const cube = 1024;
const kernelMilliseconds = timeKernels();
/** Of each step so far, the share of its time that no kernel took. */
const outside: number[] = [];

await answerLines(TrainRequest, async (request) => {
  if ('steps' in request) return request.steps.map(millisecondsOf);
  if ('size' in request) return { parameters: network.parameterCount };
  if ('productSpeed' in request) return { gigaflops: productSpeed(cube) / 1e9 };
  if ('outsideKernels' in request) return { share: median(outside) };
  await trainer.model.save(request.save);
  return { saved: request.save };
});

function millisecondsOf(index: number): number {
  const batch = batches[index] ?? [];
  const [started, inKernels] = [performance.now(), kernelMilliseconds()];
  trainer.step(batch, { epoch: 1, step: outside.length + 1 });
  const milliseconds = performance.now() - started;
  outside.push(1 - (kernelMilliseconds() - inKernels) / milliseconds);
  return milliseconds;
}
