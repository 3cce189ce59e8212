/** Trains one epoch of one trial from the last committed checkpoint and commits its record. */
import { rm } from 'node:fs/promises';
import { Bug, Cancelled, EpochRecord, toJson, type trainEpochJob, TrainProgress } from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import { inSpan } from '@honyaku/telemetry';
import { z } from 'zod';
import type { WrittenCheckpoint } from '../child/protocol.ts';
import { epochStart } from './epoch-start.ts';
import { evaluateStart } from './evaluate-start.ts';
import {
  attemptName,
  type Delivery,
  provenanceOf,
  refuseIfSuperseded,
  removeAttempt,
  upload,
} from './job-context.ts';
import type { WorkerContext } from './worker-context.ts';
import { publishPartial, removeAllPartials } from './partial-checkpoint.ts';
import { type TrainTaskProgress, trainTask } from './tasks.ts';
import { epochRecord } from './trial-records.ts';

type Payload = z.output<typeof trainEpochJob.payload>;
type Result = z.output<typeof trainEpochJob.result>;

/**
 * Commits one record, however often it is delivered. If it is stopped, it stores a mid-epoch checkpoint, from which
 * the next delivery continues to the same bytes.
 * @throws InvalidInput when the checkpoint was trained with other settings; Cancelled after a mid-epoch checkpoint is
 *   stored; ChildLost, Corrupt, Unavailable
 */
export async function trainEpoch(
  context: WorkerContext,
  payload: Payload,
  delivery: Delivery,
): Promise<Result> {
  const { sweepId, trialId, epoch, sentences, dev, decoding } = payload;
  const committed = await epochRecord(context, trialId, epoch);
  if (committed) return { perplexity: committed.metrics.perplexity };

  const startedAt = new Date().toISOString();
  const folder = keys.epochFolder(trialId, epoch);
  const attempt = attemptName(delivery);
  const { config, history, ...start } = await epochStart(context, payload);
  await evaluateStart(context, payload, config, delivery);
  const task = await trainTask(context, { trialId, epoch, config }, { history, ...start });
  if (!context.next.trainings.has(task)) await context.next.cancelAll();

  const initial = {
    step: start.resume?.step ?? 0,
    targetTokens: start.resume?.totals.targetTokens ?? 0,
    seconds: start.resume?.totals.seconds ?? 0,
  };
  let reported = initial;
  let published: Pick<typeof initial, 'step' | 'seconds'> = initial;
  let publishing: Promise<void> = Promise.resolve();
  const publish = (checkpoint: WrittenCheckpoint) => {
    // A checkpoint that could not be stored must not block the next one.
    publishing = publishing
      .catch(() => undefined)
      .then(async () => {
        if (checkpoint.step === published.step) return;
        await publishPartial(context, { trialId, epoch, config }, attempt, checkpoint);
        delivery.onProgressStored();
        published = { step: checkpoint.step, seconds: checkpoint.totals.seconds };
        await Promise.all([rm(checkpoint.model.path), rm(checkpoint.optimizer.path)]);
      });
    return publishing;
  };
  const onProgress = (progress: TrainTaskProgress) => {
    if (progress.type === 'checkpoint') {
      publish(progress.checkpoint).catch((error: unknown) =>
        context.logger.warn({ err: error, trialId, epoch }, 'a mid-epoch checkpoint was not stored'),
      );
      return;
    }
    const { step, steps, targetTokensPerSecond, perplexity, elapsedSeconds } = progress;
    const now = { step, targetTokens: progress.targetTokens, seconds: elapsedSeconds };
    // A speculative run that failed after it was taken over is repeated from the start.
    context.metrics.stepsTaken(step < reported.step ? initial : reported, now);
    reported = now;
    context.metrics.tensorProcessReported(progress);
    context.metrics.unsavedSeconds = Math.max(0, elapsedSeconds - published.seconds);
    const rate = { targetTokensPerSecond, perplexity, elapsedSeconds };
    delivery.report(
      z.encode(TrainProgress, { trialId, epoch, step, steps, ...rate, worker: context.workerName }),
    );
  };
  const options = { signal: delivery.signal, onProgress };
  const trainingEnded = context.metrics.trainingStarted(sweepId, trialId);
  const taken = context.next.trainings.take(task, options, async (trained) => {
    const { finished, checkpoint, metrics } = trained;
    await publishing.catch(() => undefined);
    if (!finished) {
      await publish(checkpoint);
      throw new Cancelled(`epoch ${epoch} of ${trialId} was stopped at step ${checkpoint.step}`);
    }

    const local = { model: checkpoint.model, optimizer: checkpoint.optimizer.path };
    const next = { trialId, epoch, config, history, sentences, dev, decoding };
    context.next.start(context, next, local, delivery.otherJobsWait);
    const model = await upload(context, folder, `${attempt}/model.safetensors`, checkpoint.model.path);
    const optimizer = await upload(
      context,
      folder,
      `${attempt}/optimizer.safetensors`,
      checkpoint.optimizer.path,
    );
    const record: EpochRecord = {
      trialId,
      epoch,
      attempt,
      fence: delivery.attemptsStarted,
      config,
      ...(payload.from === undefined ? {} : { from: payload.from }),
      history,
      metrics,
      files: { model, optimizer },
      provenance: provenanceOf(context, trained),
      startedAt,
      committedAt: new Date().toISOString(),
    };
    await refuseIfSuperseded(context, delivery, `${folder}/${attempt}/`);
    const outcome = await inSpan('commit epoch', { trial: trialId, epoch }, () =>
      context.store.putIfAbsent(keys.epochRecord(trialId, epoch), toJson(EpochRecord, record)),
    );
    if (outcome === 'exists') {
      await removeAttempt(context, `${folder}/${attempt}/`);
      const winner = await epochRecord(context, trialId, epoch);
      if (!winner) throw new Bug(`the record of epoch ${epoch} of ${trialId} exists but cannot be read`);
      return { perplexity: winner.metrics.perplexity };
    }
    context.metrics.checkpointStored('epoch', [model, optimizer]);
    await context.cache.adopt(checkpoint.model.path, model);
    await context.cache.adopt(checkpoint.optimizer.path, optimizer);
    await removeAllPartials(context, payload);
    context.next.expect('evaluations');
    return { perplexity: metrics.perplexity };
  });
  return taken.finally(trainingEnded);
}
