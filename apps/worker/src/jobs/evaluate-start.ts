/** Epoch 0: the held-out metrics of the model that a trial starts from, before its first step. */
import { type TrainedConfig, type trainEpochJob } from '@honyaku/contracts';
import type { z } from 'zod';
import { commitEvaluation } from './commit-evaluation.ts';
import { type Delivery, withFolder } from './job-context.ts';
import { startModel } from './start-files.ts';
import { evaluateTask } from './tasks.ts';
import { evaluationRecord } from './trial-records.ts';
import type { WorkerContext } from './worker-context.ts';

type Payload = z.output<typeof trainEpochJob.payload>;

/**
 * Commits the record once; what is left out where the trial starts from initial weights, or the epoch is not its first.
 * @throws Cancelled; ChildLost, Corrupt, InvalidInput, Unavailable
 */
export async function evaluateStart(
  context: WorkerContext,
  { trialId, epoch, sentences, dev, decoding }: Payload,
  config: TrainedConfig,
  delivery: Delivery,
): Promise<void> {
  if (epoch !== 1 || config.start === undefined) return;
  if (await evaluationRecord(context, trialId, 0)) return;
  const model = await startModel(context, config.start);
  const of = { trialId, epoch: 0, config };
  const task = await evaluateTask(context, of, { model, earlier: [], sentences, dev, decoding });
  // Its result is of another trial.
  await context.next.cancelAll();
  await withFolder(context, async (folder) => {
    const evaluated = await task.run(folder, { signal: delivery.signal, onProgress: () => undefined });
    await commitEvaluation(context, { trialId, epoch: 0, model: model.sha256 }, evaluated, delivery);
  });
}
