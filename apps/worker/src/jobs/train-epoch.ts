/** One epoch of one trial: from the last committed checkpoint, through the child, to the epoch's record. */
import { rm } from 'node:fs/promises';
import {
  Bug,
  Cancelled,
  Corrupt,
  EpochRecord,
  fromJson,
  NotFound,
  PartialRecord,
  toJson,
  type trainEpochJob,
  TrainProgress,
} from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import { z } from 'zod';
import type { WrittenCheckpoint } from '../child/protocol.ts';
import {
  attemptName,
  type Delivery,
  localCopy,
  manifestOf,
  provenanceOf,
  removeAttempt,
  tensorEnvironment,
  upload,
  withFolder,
  type WorkerParts,
} from './job-context.ts';

type Payload = z.output<typeof trainEpochJob.payload>;
type Result = z.output<typeof trainEpochJob.result>;

/**
 * Delivered any number of times, it leaves one record. Stopped in the middle, it leaves a mid-epoch
 * checkpoint from which the next delivery goes on to the same bytes.
 * @throws Cancelled after the mid-epoch checkpoint is stored; ChildLost, Corrupt, Unavailable
 */
export async function trainEpoch(parts: WorkerParts, payload: Payload, delivery: Delivery): Promise<Result> {
  const { trialId, epoch, config } = payload;
  const committed = await epochRecord(parts, trialId, epoch);
  if (committed) return { perplexity: committed.metrics.perplexity };

  const startedAt = new Date().toISOString();
  const folder = keys.epochFolder(trialId, epoch);
  const attempt = attemptName(delivery);
  const manifest = await manifestOf(parts, config.dataset);
  const shards = await Promise.all(
    manifest.shards.train.map((shard) => localCopy(parts, keys.datasetFolder(config.dataset), shard)),
  );
  const start = await startOf(parts, payload);

  return withFolder(parts, async (localFolder) => {
    let told = {
      step: start.resume?.step ?? 0,
      targetTokens: start.resume?.totals.targetTokens ?? 0,
      seconds: start.resume?.totals.seconds ?? 0,
    };
    let published = told.step;
    let publishing: Promise<void> = Promise.resolve();
    const publish = (checkpoint: WrittenCheckpoint) => {
      // One that could not be stored does not keep the next from being tried.
      publishing = publishing
        .catch(() => undefined)
        .then(async () => {
          if (checkpoint.step === published) return;
          await publishPartial(parts, payload, attempt, checkpoint);
          published = checkpoint.step;
          await Promise.all([rm(checkpoint.model.path), rm(checkpoint.optimizer.path)]);
        });
      return publishing;
    };
    const { finished, checkpoint, metrics, tensorflowVersion } = await parts.trials.request(
      'train-epoch',
      {
        epoch,
        config,
        vocabularySize: manifest.vocabularySize,
        shards,
        ...start,
        folder: localFolder,
        checkpointSeconds: parts.checkpointSeconds,
      },
      {
        environment: tensorEnvironment(config.runtime),
        signal: delivery.signal,
        onProgress: (progress) => {
          if (progress.type === 'checkpoint') {
            publish(progress.checkpoint).catch((error: unknown) =>
              parts.logger.warn({ err: error, trialId, epoch }, 'a mid-epoch checkpoint was not stored'),
            );
            return;
          }
          const { step, steps, targetTokensPerSecond, perplexity, elapsedSeconds } = progress;
          const now = { step, targetTokens: progress.targetTokens, seconds: elapsedSeconds };
          parts.metrics.stepsTaken(told, now);
          told = now;
          parts.metrics.targetTokensPerSecond.set(targetTokensPerSecond);
          const rate = { targetTokensPerSecond, perplexity, elapsedSeconds };
          delivery.report(
            z.encode(TrainProgress, { trialId, epoch, step, steps, ...rate, worker: parts.workerName }),
          );
        },
      },
    );
    await publishing.catch(() => undefined);
    if (!finished) {
      await publish(checkpoint);
      throw new Cancelled(`epoch ${epoch} of ${trialId} was stopped at step ${checkpoint.step}`);
    }

    const model = await upload(parts, folder, `${attempt}/model.safetensors`, checkpoint.model.path);
    const optimizer = await upload(
      parts,
      folder,
      `${attempt}/optimizer.safetensors`,
      checkpoint.optimizer.path,
    );
    const record: EpochRecord = {
      trialId,
      epoch,
      attempt,
      config,
      metrics,
      files: { model, optimizer },
      provenance: provenanceOf(parts, tensorflowVersion),
      startedAt,
      committedAt: new Date().toISOString(),
    };
    const outcome = await parts.store.putIfAbsent(
      keys.epochRecord(trialId, epoch),
      toJson(EpochRecord, record),
    );
    if (outcome === 'exists') {
      await removeAttempt(parts, `${folder}/${attempt}/`);
      const winner = await epochRecord(parts, trialId, epoch);
      if (!winner) throw new Bug(`the record of epoch ${epoch} of ${trialId} is there and can not be read`);
      return { perplexity: winner.metrics.perplexity };
    }
    await parts.cache.adopt(checkpoint.model.path, model);
    await parts.cache.adopt(checkpoint.optimizer.path, optimizer);
    await removePartial(parts, payload);
    return { perplexity: metrics.perplexity };
  });
}

async function epochRecord(
  { store }: WorkerParts,
  trialId: string,
  epoch: number,
): Promise<EpochRecord | undefined> {
  const key = keys.epochRecord(trialId, epoch);
  const text = await store.getText(key);
  return text === undefined ? undefined : fromJson(EpochRecord, text, key);
}

async function partialRecord({ store }: WorkerParts, { trialId, epoch }: Payload) {
  const key = keys.partialRecord(trialId, epoch);
  const text = await store.getText(key);
  return text === undefined ? undefined : fromJson(PartialRecord, text, key);
}

/** The mid-epoch checkpoint if there is one, else the previous epoch's, else nothing: the initial weights. */
async function startOf(parts: WorkerParts, payload: Payload) {
  const { trialId, epoch, config } = payload;
  const partial = await partialRecord(parts, payload);
  if (partial && toJson(PartialRecord, partial) === toJson(PartialRecord, { ...partial, config })) {
    try {
      const checkpoint = await localCheckpoint(parts, keys.epochFolder(trialId, epoch), partial.files);
      return { checkpoint, resume: { step: partial.step, totals: partial.totals } };
    } catch (error) {
      // A worker that was thought lost may have put another in its place; the whole epoch gives the same bytes.
      if (!(error instanceof NotFound || error instanceof Corrupt)) throw error;
      parts.logger.warn({ trialId, epoch, reason: error.message }, 'the mid-epoch checkpoint is of no use');
    }
  }
  if (epoch === 1) return {};
  const previous = await epochRecord(parts, trialId, epoch - 1);
  if (!previous) throw new Bug(`epoch ${epoch} of ${trialId} was asked for before epoch ${epoch - 1}`);
  return {
    checkpoint: await localCheckpoint(parts, keys.epochFolder(trialId, epoch - 1), previous.files),
    resume: undefined,
  };
}

async function localCheckpoint(parts: WorkerParts, folder: string, files: EpochRecord['files']) {
  const [model, optimizer] = await Promise.all([
    localCopy(parts, folder, files.model),
    localCopy(parts, folder, files.optimizer),
  ]);
  return { model: { path: model, sha256: files.model.sha256 }, optimizer };
}

/** Stores a mid-epoch checkpoint, then takes away the one before it. */
async function publishPartial(
  parts: WorkerParts,
  payload: Payload,
  attempt: string,
  { step, totals, model, optimizer }: WrittenCheckpoint,
): Promise<void> {
  const { trialId, epoch, config } = payload;
  const folder = keys.epochFolder(trialId, epoch);
  const earlier = await partialRecord(parts, payload);
  const name = `${attempt}-step-${step}`;
  const files = {
    model: await upload(parts, folder, `${name}/model.safetensors`, model.path),
    optimizer: await upload(parts, folder, `${name}/optimizer.safetensors`, optimizer.path),
  };
  await parts.store.put(
    keys.partialRecord(trialId, epoch),
    toJson(PartialRecord, { trialId, epoch, config, step, totals, files }),
  );
  if (earlier) await removeFiles(parts, folder, earlier);
}

async function removePartial(parts: WorkerParts, payload: Payload): Promise<void> {
  const partial = await partialRecord(parts, payload);
  if (!partial) return;
  await parts.store.remove([keys.partialRecord(payload.trialId, payload.epoch)]);
  await removeFiles(parts, keys.epochFolder(payload.trialId, payload.epoch), partial);
}

function removeFiles({ store }: WorkerParts, folder: string, { files }: PartialRecord): Promise<void> {
  return store.remove([`${folder}/${files.model.key}`, `${folder}/${files.optimizer.key}`]);
}
