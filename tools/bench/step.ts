/** Our train step: waits for a line with a number of steps and answers with their milliseconds, as JSON. */
import { notebookParts, notebookTraining, Seq2Seq, Trainer } from '@honyaku/model';
import { createInterface } from 'node:readline';
import { benchBatch } from './bench-batch.ts';
import { setting } from './setting.ts';

const network = Seq2Seq.initialise(
  {
    ...notebookParts,
    sourceVocabulary: setting.vocabulary,
    targetVocabulary: setting.vocabulary,
    embeddingSize: setting.embedding,
    hiddenSize: setting.hidden,
    topState: 'zero',
  },
  1,
);
const trainer = new Trainer(network, { ...notebookTraining, dropout: setting.dropout, seed: 1 });
const batch = benchBatch();
let steps = 0;

for await (const line of createInterface({ input: process.stdin })) {
  const times = Array.from({ length: Number(line) }, () => {
    const started = performance.now();
    trainer.step(batch, { epoch: 1, step: (steps += 1) });
    return performance.now() - started;
  });
  process.stdout.write(`${JSON.stringify(times)}\n`);
}
