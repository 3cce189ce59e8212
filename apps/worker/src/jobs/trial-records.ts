/** What is committed of a trial. */
import { EpochRecord, EvaluationRecord, fromJson } from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import type { z } from 'zod';
import type { WorkerParts } from './worker-parts.ts';

/** @returns undefined while the epoch is not committed. @throws Corrupt */
export function epochRecord(
  parts: WorkerParts,
  trialId: string,
  epoch: number,
): Promise<EpochRecord | undefined> {
  return read(parts, EpochRecord, keys.epochRecord(trialId, epoch));
}

/** @returns undefined while the evaluation is not committed. @throws Corrupt */
export function evaluationRecord(
  parts: WorkerParts,
  trialId: string,
  epoch: number,
): Promise<EvaluationRecord | undefined> {
  return read(parts, EvaluationRecord, keys.evaluationRecord(trialId, epoch));
}

async function read<Schema extends z.ZodType>(
  { store }: WorkerParts,
  schema: Schema,
  key: string,
): Promise<z.output<Schema> | undefined> {
  const text = await store.getText(key);
  return text === undefined ? undefined : fromJson(schema, text, key);
}
