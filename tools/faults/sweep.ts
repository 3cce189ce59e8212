/** The sweep that is disturbed. */
import { createHash } from 'node:crypto';
import { tensorRuntime } from '@honyaku/contracts/examples';
import { examplePairs } from '@honyaku/data/examples';

/** Some 380 steps an epoch, of several milliseconds each: time to be disturbed in. */
export const sweep = {
  name: 'disturbed',
  corpus: { digest: createHash('sha256').update(examplePairs).digest('hex') },
  dataset: { vocabularySize: { source: 60, target: 48 } },
  parameters: {
    embeddingSize: 16,
    hiddenSize: 16,
    batchSize: 1,
    learningRate: { type: 'float', low: 0.001, high: 0.01, log: true },
  },
  trials: 2,
  epochs: 2,
  concurrency: 2,
  retention: { best: 2 },
  /** So that the best epoch is scored on the whole test set at the end. */
  evaluation: { sentences: 20 },
  runtime: tensorRuntime(),
};
