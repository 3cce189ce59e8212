/** Reads the committed records of a trial. */
import { EpochRecord, EvaluationRecord, ScoreRecord } from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import type { WorkerContext } from './worker-context.ts';

/** @returns undefined while the epoch is not committed. @throws Corrupt */
export function epochRecord(
  { store }: WorkerContext,
  trialId: string,
  epoch: number,
): Promise<EpochRecord | undefined> {
  return store.getRecord(EpochRecord, keys.epochRecord(trialId, epoch));
}

/** @returns undefined while the evaluation is not committed. @throws Corrupt */
export function evaluationRecord(
  { store }: WorkerContext,
  trialId: string,
  epoch: number,
): Promise<EvaluationRecord | undefined> {
  return store.getRecord(EvaluationRecord, keys.evaluationRecord(trialId, epoch));
}

/** @returns undefined while the score of the whole test set is not committed. @throws Corrupt */
export function scoreRecord(
  { store }: WorkerContext,
  trialId: string,
  epoch: number,
): Promise<ScoreRecord | undefined> {
  return store.getRecord(ScoreRecord, keys.scoreRecord(trialId, epoch));
}
