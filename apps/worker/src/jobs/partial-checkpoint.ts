/**
 * Mid-epoch checkpoints. Each attempt keeps its newest one in its own folder, so a worker that was presumed lost
 * never overwrites that of its successor.
 */
import { PartialRecord, toJson, type trainEpochJob } from '@honyaku/contracts';
import { type Folder, keys } from '@honyaku/storage';
import type { z } from 'zod';
import type { WrittenCheckpoint } from '../child/protocol.ts';
import { upload } from './job-context.ts';
import type { WorkerContext } from './worker-context.ts';

type Payload = z.output<typeof trainEpochJob.payload>;

/** The mid-epoch checkpoint with the most steps, of any attempt. @throws Corrupt */
export async function partialRecord(
  { store }: Pick<WorkerContext, 'store'>,
  { trialId, epoch }: Pick<Payload, 'trialId' | 'epoch'>,
): Promise<PartialRecord | undefined> {
  let furthest: PartialRecord | undefined;
  for await (const { key } of store.list(`${keys.epochFolder(trialId, epoch)}/`)) {
    if (!key.endsWith('/partial.json')) continue;
    const record = await store.getRecord(PartialRecord, key);
    if (record && record.step > (furthest?.step ?? 0)) furthest = record;
  }
  return furthest;
}

/** Stores a mid-epoch checkpoint, then removes the previous one of this attempt. */
export async function publishPartial(
  context: WorkerContext,
  { trialId, epoch, config }: Pick<PartialRecord, 'trialId' | 'epoch' | 'config'>,
  attempt: string,
  { step, totals, model, optimizer }: WrittenCheckpoint,
): Promise<void> {
  const folder = keys.epochFolder(trialId, epoch);
  const stepFolder = `${attempt}/step-${step}`;
  const files = {
    model: await upload(context, folder, `${stepFolder}/model.safetensors`, model.path),
    optimizer: await upload(context, folder, `${stepFolder}/optimizer.safetensors`, optimizer.path),
  };
  await context.store.put(
    keys.partialRecord(trialId, epoch, attempt),
    toJson(PartialRecord, { trialId, epoch, config, step, totals, files }),
  );
  context.metrics.checkpointStored('mid-epoch', Object.values(files));
  const isEarlier = (name: string) => /^step-\d+\//.test(name) && !name.startsWith(`step-${step}/`);
  await removePartials(context, `${folder}/${attempt}/`, isEarlier);
}

/** Removes the mid-epoch checkpoints of all attempts, once the epoch is committed. */
export async function removeAllPartials(context: WorkerContext, { trialId, epoch }: Payload): Promise<void> {
  const partial = /\/(partial\.json|step-\d+\/[^/]+)$/;
  await removePartials(context, `${keys.epochFolder(trialId, epoch)}/`, (name) => partial.test(name));
}

async function removePartials(
  { store }: WorkerContext,
  folder: Folder,
  isRemoved: (name: string) => boolean,
): Promise<void> {
  for await (const { key } of store.list(folder))
    if (isRemoved(key.slice(folder.length))) await store.remove([key]);
}
