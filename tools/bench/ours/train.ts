/** Our training: takes the steps that it is asked for and answers with the milliseconds of each. */
import { fromJson } from '@honyaku/contracts';
import { productSpeed, Seq2Seq, Trainer } from '@honyaku/model';
import { benchDataset, epochBatches } from '../bench-dataset.ts';
import { networks } from '../networks.ts';
import { benchNetwork } from './network.ts';
import { type Profile, TrainArguments, TrainRequest } from '../protocol.ts';
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
const kernelTime = timeKernels();
const steps: Profile[] = [];

await answerLines(TrainRequest, async (request) => {
  if ('steps' in request) return request.steps.map(millisecondsOf);
  if ('size' in request) return { parameters: network.parameterCount };
  if ('productSpeed' in request) return { gigaflops: productSpeed(cube) / 1e9 };
  if ('profile' in request) return medianProfile();
  await trainer.model.save(request.save);
  return { saved: request.save };
});

function millisecondsOf(index: number): number {
  const batch = batches[index] ?? [];
  const [started, before] = [performance.now(), kernelTime()];
  trainer.step(batch, { epoch: 1, step: steps.length + 1 });
  const milliseconds = performance.now() - started;
  const after = kernelTime();
  const arithmetic = (after.arithmetic - before.arithmetic) / milliseconds;
  const memory = (after.memory - before.memory) / milliseconds;
  steps.push({ calls: after.calls - before.calls, arithmetic, memory, outside: 1 - arithmetic - memory });
  return milliseconds;
}

/** Of each number that of the step in its middle. */
function medianProfile(): Profile {
  const of = (name: keyof Profile) => median(steps.map((step) => step[name]));
  return {
    calls: Math.round(of('calls')),
    arithmetic: of('arithmetic'),
    memory: of('memory'),
    outside: of('outside'),
  };
}
