/** Held-out metrics and sample translations of a committed epoch. */
import { Bug, epochsToAverage, type evaluateJob } from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import type { z } from 'zod';
import { commitEvaluation } from './commit-evaluation.ts';
import { type Delivery, localCopy } from './job-context.ts';
import type { WorkerContext } from './worker-context.ts';
import { type EvaluatePayload, evaluateTask } from './tasks.ts';
import { epochRecord, evaluationRecord } from './trial-records.ts';

type Payload = z.output<typeof evaluateJob.payload>;
type Result = z.output<typeof evaluateJob.result>;

/** Commits one record, however often it is delivered. @throws ChildLost, Corrupt, Unavailable */
export async function evaluate(
  context: WorkerContext,
  payload: Payload,
  delivery: Delivery,
): Promise<Result> {
  const { trialId, epoch, sentences, dev, decoding } = payload;
  const committed = await evaluationRecord(context, trialId, epoch);
  if (committed) return { perplexity: committed.metrics.perplexity };

  const record = await epochRecord(context, trialId, epoch);
  if (!record) throw new Bug(`epoch ${epoch} of ${trialId} cannot be evaluated before it is committed`);
  const { model } = record.files;
  // With the precision that the epoch was trained in.
  const config = { ...payload.config, runtime: record.config.runtime };
  const [modelPath, earlier] = await Promise.all([
    localCopy(context, keys.epochFolder(trialId, epoch), model),
    earlierModels(context, payload),
  ]);
  const task = await evaluateTask(
    context,
    { trialId, epoch, config },
    { model: { path: modelPath, sha256: model.sha256 }, earlier, sentences, dev, decoding },
  );
  const options = { signal: delivery.signal, onProgress: () => undefined };
  if (!context.next.evaluations.has(task)) await context.next.cancelAll();
  return context.next.evaluations.take(task, options, async (evaluated) => {
    const { perplexity } = evaluated.metrics;
    const isCommitted = await commitEvaluation(
      context,
      { trialId, epoch, model: model.sha256 },
      evaluated,
      delivery,
    );
    context.next.expect('trainings');
    if (isCommitted) return { perplexity };
    const winner = await evaluationRecord(context, trialId, epoch);
    return { perplexity: winner?.metrics.perplexity ?? perplexity };
  });
}

/** Local copies of the earlier epochs that may be averaged with this one; none if averaging is off. */
async function earlierModels(
  context: WorkerContext,
  { trialId, epoch, config }: Payload,
): Promise<EvaluatePayload['earlier']> {
  if (config.hyperparameters.averageBest === 1) return [];
  const evaluations = await Promise.all(
    Array.from({ length: epoch - 1 }, (_, index) => evaluationRecord(context, trialId, index + 1)),
  );
  const evaluated = evaluations.filter((evaluation) => evaluation !== undefined);
  return Promise.all(
    epochsToAverage(evaluated, config.hyperparameters).map(async ({ epoch: earlier, ownPerplexity }) => {
      const record = await epochRecord(context, trialId, earlier);
      if (!record) throw new Bug(`epoch ${earlier} of ${trialId} is evaluated but not committed`);
      const model = await localCopy(context, keys.epochFolder(trialId, earlier), record.files.model);
      return { epoch: earlier, ownPerplexity, model };
    }),
  );
}
