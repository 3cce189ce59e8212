/** The commit of an evaluation, whose files go into a folder of its attempt. */
import { EvaluationRecord, type Sha256, toJson, translationsFileName } from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import {
  attemptName,
  type Delivery,
  provenanceOf,
  refuseIfSuperseded,
  removeAttempt,
  upload,
} from './job-context.ts';
import type { EvaluateResult } from './tasks.ts';
import type { WorkerContext } from './worker-context.ts';

interface Evaluated {
  readonly trialId: string;
  readonly epoch: number;
  /** Digest of the epoch's own weights. */
  readonly model: Sha256;
}

/** @returns whether this was the first to commit. @throws Cancelled, Unavailable */
export async function commitEvaluation(
  context: WorkerContext,
  { trialId, epoch, model }: Evaluated,
  { average, translations, tensorflowVersion, kernels, ...result }: EvaluateResult,
  delivery: Delivery,
): Promise<boolean> {
  const attempt = attemptName(delivery);
  const folder = keys.epochFolder(trialId, epoch);
  const { truncated = 0, ...scores } = result.metrics.translations;
  const name = `${attempt}/${translationsFileName(truncated)}`;
  const translated = await upload(context, folder, name, translations);
  const averaged = average && {
    epochs: average.epochs,
    model: await upload(context, folder, `${attempt}/average.safetensors`, average.path),
  };
  const evaluation: EvaluationRecord = {
    trialId,
    epoch,
    model: averaged?.model.sha256 ?? model,
    ...result,
    metrics: { ...result.metrics, translations: scores },
    translations: translated,
    ...(averaged ? { average: averaged } : {}),
    provenance: provenanceOf(context, { tensorflowVersion, kernels }),
    committedAt: new Date().toISOString(),
  };
  await refuseIfSuperseded(context, delivery, `${folder}/${attempt}/`);
  const key = keys.evaluationRecord(trialId, epoch);
  const outcome = await context.store.putIfAbsent(key, toJson(EvaluationRecord, evaluation));
  if (outcome === 'exists') await removeAttempt(context, `${folder}/${attempt}/`);
  return outcome !== 'exists';
}
