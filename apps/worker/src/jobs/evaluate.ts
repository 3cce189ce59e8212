/** Held-out metrics and sample translations of a committed epoch. */
import {
  Bug,
  epochsToAverage,
  EvaluationRecord,
  type evaluateJob,
  toJson,
  translationsFileName,
} from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import type { z } from 'zod';
import {
  attemptName,
  type Delivery,
  localCopy,
  provenanceOf,
  refuseIfSuperseded,
  removeAttempt,
  upload,
} from './job-context.ts';
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
    const { average, translations, tensorflowVersion, kernels, ...result } = evaluated;
    const attempt = attemptName(delivery);
    const epochFolder = keys.epochFolder(trialId, epoch);
    const { truncated = 0, ...scores } = result.metrics.translations;
    const name = `${attempt}/${translationsFileName(truncated)}`;
    const translated = await upload(context, epochFolder, name, translations);
    const averaged = average && {
      epochs: average.epochs,
      model: await upload(context, epochFolder, `${attempt}/average.safetensors`, average.path),
    };
    const evaluation: EvaluationRecord = {
      trialId,
      epoch,
      model: averaged?.model.sha256 ?? model.sha256,
      ...result,
      metrics: { ...result.metrics, translations: scores },
      translations: translated,
      ...(averaged ? { average: averaged } : {}),
      provenance: provenanceOf(context, { tensorflowVersion, kernels }),
      committedAt: new Date().toISOString(),
    };
    const key = keys.evaluationRecord(trialId, epoch);
    await refuseIfSuperseded(context, delivery, `${epochFolder}/${attempt}/`);
    const outcome = await context.store.putIfAbsent(key, toJson(EvaluationRecord, evaluation));
    context.next.expect('trainings');
    if (outcome !== 'exists') return { perplexity: result.metrics.perplexity };
    await removeAttempt(context, `${epochFolder}/${attempt}/`);
    const winner = await evaluationRecord(context, trialId, epoch);
    return { perplexity: winner?.metrics.perplexity ?? result.metrics.perplexity };
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
