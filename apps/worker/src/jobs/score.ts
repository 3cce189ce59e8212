/** Scores of an evaluated epoch's translations of the whole test set, with its losses where evaluations are of a dev set. */
import { Bug, ScoreRecord, type scoreJob, toJson, type TranslationMetrics } from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import type { z } from 'zod';
import {
  attemptName,
  type Delivery,
  localCopy,
  provenanceOf,
  refuseIfSuperseded,
  removeAttempt,
  tensorEnvironment,
  upload,
  withFolder,
} from './job-context.ts';
import type { WorkerContext } from './worker-context.ts';
import { heldOutSet } from './tasks.ts';
import { epochRecord, evaluationRecord, scoreRecord } from './trial-records.ts';

type Payload = z.output<typeof scoreJob.payload>;
type Result = z.output<typeof scoreJob.result>;

/**
 * Commits one record, however often it is delivered. A delivery that is stopped starts again from the first pair.
 * @throws Bug when the epoch is not evaluated; Cancelled; ChildLost, Corrupt, NotFound, Unavailable
 */
export async function score(context: WorkerContext, payload: Payload, delivery: Delivery): Promise<Result> {
  const { trialId, epoch, dev = false, decoding } = payload;
  const committed = await scoreRecord(context, trialId, epoch);
  if (committed) return resultOf(committed);

  const [trained, evaluated] = await Promise.all([
    epochRecord(context, trialId, epoch),
    evaluationRecord(context, trialId, epoch),
  ]);
  if (!trained || !evaluated)
    throw new Bug(`epoch ${epoch} of ${trialId} cannot be scored before it is evaluated`);
  const folder = keys.epochFolder(trialId, epoch);
  // The weights that were evaluated, with the precision that the epoch was trained in.
  const model = evaluated.average?.model ?? trained.files.model;
  const config = { ...payload.config, runtime: trained.config.runtime };
  const [path, heldOut] = await Promise.all([
    localCopy(context, folder, model),
    heldOutSet(context, config.dataset, 'test'),
  ]);
  await context.next.cancelAll();
  return withFolder(context, async (local) => {
    const checkpoint = { path, sha256: model.sha256 };
    const request = {
      ...{ config, ...heldOut, model: checkpoint, losses: dev, folder: local },
      ...{ maxTokens: decoding?.maxTokens, beam: beamOf(decoding) },
    };
    const environment = tensorEnvironment(config.runtime, context.device);
    const { signal } = delivery;
    const scored = await context.trials.request('score', request, { signal, environment });
    const attempt = attemptName(delivery);
    const record: ScoreRecord = {
      trialId,
      epoch,
      model: model.sha256,
      scores: scored.scores,
      ...(scored.losses ? { losses: scored.losses } : {}),
      seconds: scored.seconds,
      translations: await upload(context, folder, `${attempt}/translations.json`, scored.translations),
      provenance: provenanceOf(context, scored),
      committedAt: new Date().toISOString(),
    };
    await refuseIfSuperseded(context, delivery, `${folder}/${attempt}/`);
    const key = keys.scoreRecord(trialId, epoch);
    const outcome = await context.store.putIfAbsent(key, toJson(ScoreRecord, record));
    if (outcome !== 'exists') return resultOf(record);
    await removeAttempt(context, `${folder}/${attempt}/`);
    return resultOf((await scoreRecord(context, trialId, epoch)) ?? record);
  });
}

/** A beam of one is greedy decoding, and recorded as that. */
function beamOf(decoding: Payload['decoding']): TranslationMetrics['beam'] {
  if (!decoding || decoding.beamSize === 1) return undefined;
  return { size: decoding.beamSize, lengthPenalty: decoding.lengthPenalty };
}

function resultOf({ scores }: ScoreRecord): Result {
  return { bleu: scores.bleu.score };
}
