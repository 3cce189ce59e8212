/** The mid-epoch checkpoint of an epoch under way; there is at most one. */
import { fromJson, PartialRecord, toJson, type trainEpochJob } from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import type { z } from 'zod';
import type { WrittenCheckpoint } from '../child/protocol.ts';
import { upload, type WorkerParts } from './job-context.ts';

type Payload = z.output<typeof trainEpochJob.payload>;

/** @throws Corrupt */
export async function partialRecord(
  { store }: WorkerParts,
  { trialId, epoch }: Payload,
): Promise<PartialRecord | undefined> {
  const key = keys.partialRecord(trialId, epoch);
  const text = await store.getText(key);
  return text === undefined ? undefined : fromJson(PartialRecord, text, key);
}

/** Stores a mid-epoch checkpoint, then takes away the one before it. */
export async function publishPartial(
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

export async function removePartial(parts: WorkerParts, payload: Payload): Promise<void> {
  const partial = await partialRecord(parts, payload);
  if (!partial) return;
  await parts.store.remove([keys.partialRecord(payload.trialId, payload.epoch)]);
  await removeFiles(parts, keys.epochFolder(payload.trialId, payload.epoch), partial);
}

function removeFiles({ store }: WorkerParts, folder: string, { files }: PartialRecord): Promise<void> {
  return store.remove([`${folder}/${files.model.key}`, `${folder}/${files.optimizer.key}`]);
}
