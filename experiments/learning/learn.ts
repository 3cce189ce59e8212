import { type Split, trainBatches } from '@honyaku/data';
import { bleu } from '@honyaku/metrics';
import { greedy, networkOf, Seq2Seq, Trainer } from '@honyaku/model';
import { heldOutPerplexities } from '../held-out.ts';
import { type LearningTask, linesOf, textOf, vocabularyOf } from './task.ts';

export interface Learnt {
  readonly updates: number;
  /** Scores of held-out lines. */
  readonly perplexity: number;
  readonly bleu: number;
}

const heldOutLines = 200;
/** Updates between two looks at the held-out lines. */
const interval = 500;

/**
 * Trains a task's network from scratch, up to its number of updates.
 * @param look gets the held-out lines every 500 updates; `true` ends the training
 */
export function learn(task: LearningTask, seed: number, look: (learnt: Learnt) => boolean): Learnt {
  const vocabulary = vocabularyOf(task);
  const { hyperparameters } = task;
  const architecture = networkOf({ hyperparameters }, { source: vocabulary, target: vocabulary });
  const network = Seq2Seq.initialise(architecture, seed);
  const trainer = new Trainer(network, { ...hyperparameters, seed });
  const train = linesOf(task, task.trainLines, `train/${seed}`);
  const heldOut = linesOf(task, heldOutLines, `held-out/${seed}`);
  let learnt = measure(network, heldOut, 0);
  let updates = 0;
  try {
    for (let epoch = 1; ; epoch += 1) {
      for (const batches of trainBatches(train, { ...hyperparameters, seed, epoch }).from(0)) {
        trainer.step(batches, { epoch, step: updates, progress: updates / task.updates });
        updates += 1;
        if (updates % interval !== 0 && updates < task.updates) continue;
        learnt = measure(network, heldOut, updates);
        if (look(learnt) || updates >= task.updates) return learnt;
      }
    }
  } finally {
    trainer.dispose();
    network.dispose();
  }
}

/** Whether the task's threshold is reached. */
export function isLearnt({ threshold }: LearningTask, { perplexity, bleu: score }: Learnt): boolean {
  return perplexity <= threshold.perplexity && score >= threshold.bleu;
}

function measure(network: Seq2Seq, split: Split, updates: number): Learnt {
  const rows = Array.from({ length: split.length }, (_, index) => index);
  const outputs = greedy(
    network,
    rows.map((index) => [...split.pair(index).source]),
    { maxTokens: 30 },
  );
  const references = rows.map((index) => split.text(index)?.target ?? '');
  return {
    updates,
    perplexity: heldOutPerplexities(network, split, 50).perplexity,
    bleu: bleu(outputs.map(textOf), references, { tokenization: 'none' }).score,
  };
}
