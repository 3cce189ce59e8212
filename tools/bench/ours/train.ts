/** Our training: takes the steps that it is asked for and answers with the milliseconds of each. */
import { fromJson } from '@honyaku/contracts';
import { notebookTraining, Seq2Seq, Trainer } from '@honyaku/model';
import { notebookDataset, epochBatches } from '../notebook-dataset.ts';
import { benchNetwork } from './network.ts';
import { TrainArguments, TrainRequest } from '../protocol.ts';
import { setting } from '../setting.ts';
import { answerLines } from './lines.ts';

const { batching, learningRate } = fromJson(TrainArguments, process.argv[2] ?? '', 'first argument');
const dataset = await notebookDataset(() => undefined);
const batches = await epochBatches(dataset, batching);
const network = Seq2Seq.initialise(benchNetwork(dataset.vocabularySize), setting.seed);
const { dropout, seed } = setting;
const trainer = new Trainer(network, { ...notebookTraining, learningRate, dropout, seed });
let taken = 0;

await answerLines(TrainRequest, async (request) => {
  if ('steps' in request) return request.steps.map(millisecondsOf);
  await trainer.model.save(request.save);
  return { saved: request.save };
});

function millisecondsOf(index: number): number {
  const batch = batches[index] ?? [];
  const started = performance.now();
  trainer.step(batch, { epoch: 1, step: (taken += 1) });
  return performance.now() - started;
}
