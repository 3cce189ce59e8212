/** Where an epoch's training starts. */
import {
  Bug,
  Corrupt,
  type EpochRecord,
  type HeldOutHistory,
  NotFound,
  type PartialRecord,
  afterEpoch,
  emptyHistory,
  type TrainedConfig,
  type trainEpochJob,
  withPrecision,
} from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import type { z } from 'zod';
import { localCopy } from './job-context.ts';
import { type LocalModel, startModel } from './start-files.ts';
import type { WorkerContext } from './worker-context.ts';
import { partialRecord } from './partial-checkpoint.ts';
import { requireSameSettings } from './settings-difference.ts';
import { epochRecord, evaluationRecord } from './trial-records.ts';

type Payload = z.output<typeof trainEpochJob.payload>;
type ChosenPayload = Payload & { readonly config: TrainedConfig };

export interface EpochStart {
  readonly config: TrainedConfig;
  readonly history: HeldOutHistory;
  /** Absent for the initial weights. */
  readonly checkpoint?: LocalCheckpoint;
  readonly resume?: Pick<PartialRecord, 'step' | 'totals'>;
}

interface LocalCheckpoint {
  readonly model: LocalModel;
  /** Absent for the model that a trial starts from. */
  readonly optimizer?: string;
}

/**
 * The mid-epoch checkpoint if there is one; else the previous epoch's, or the best epoch's if the plateau schedule
 * returns to it; else the model that the trial starts from, or the initial weights.
 * @throws InvalidInput when the checkpoint was trained with other settings; Bug when an earlier record is absent
 */
export async function epochStart(context: WorkerContext, payload: Payload): Promise<EpochStart> {
  const { trialId, epoch } = payload;
  const partial = await partialRecord(context, payload);
  const config = await trainedConfig(context, payload, partial);
  const { history, origin } = await historyAndOrigin(context, { ...payload, config });
  if (partial) {
    requireSameSettings(`step ${partial.step} of epoch ${epoch} of ${trialId}`, partial.config, config);
    try {
      const checkpoint = await localCheckpoint(context, keys.epochFolder(trialId, epoch), partial.files);
      return { config, history, checkpoint, resume: { step: partial.step, totals: partial.totals } };
    } catch (error) {
      // A worker that was presumed lost may have replaced it; training the whole epoch gives the same bytes.
      if (!(error instanceof NotFound || error instanceof Corrupt)) throw error;
      context.logger.warn({ trialId, epoch, reason: error.message }, 'the mid-epoch checkpoint is unusable');
    }
  }
  if (!origin && config.start !== undefined)
    return { config, history, checkpoint: { model: await startModel(context, config.start) } };
  if (!origin) return { config, history };
  const folder = keys.epochFolder(origin.trialId, origin.epoch);
  return { config, history, checkpoint: await localCheckpoint(context, folder, origin.files) };
}

/** The settings with the precision of the trial's first epoch, which chooses it where the sweep does not. */
async function trainedConfig(
  context: WorkerContext,
  { trialId, epoch, config }: Payload,
  partial: PartialRecord | undefined,
): Promise<TrainedConfig> {
  if (config.runtime.precision !== 'auto') return withPrecision(config);
  if (partial) return withPrecision(config, partial.config.runtime.precision);
  if (epoch > 1) {
    const previous = await earlierRecord(context, trialId, epoch, epoch - 1);
    return withPrecision(config, previous.config.runtime.precision);
  }
  // It belongs to another trial, and would disturb the measurement.
  await context.next.cancelAll();
  return withPrecision(config, await context.fasterPrecision(config.runtime));
}

async function historyAndOrigin(
  context: WorkerContext,
  { trialId: own, epoch, config, from: trialId = own }: ChosenPayload,
): Promise<{ history: HeldOutHistory; origin?: EpochRecord }> {
  if (epoch === 1) return { history: emptyHistory };
  const previous = await earlierRecord(context, trialId, epoch, epoch - 1);
  // A checkpoint copied from another trial intentionally continues with other settings.
  if (trialId === own) requireSameSettings(`epoch ${epoch - 1} of ${trialId}`, previous.config, config);
  const evaluation = await evaluationRecord(context, trialId, epoch - 1);
  if (!evaluation)
    throw new Bug(`epoch ${epoch} of ${trialId} was requested before the evaluation of epoch ${epoch - 1}`);
  const history = afterEpoch(previous.history, epoch - 1, evaluation.ownPerplexity);
  const reloads = config.hyperparameters.schedule === 'plateau' && history.bestEpoch > 0;
  const origin = reloads ? history.bestEpoch : epoch - 1;
  return {
    history,
    origin: origin === epoch - 1 ? previous : await earlierRecord(context, trialId, epoch, origin),
  };
}

async function earlierRecord(
  context: WorkerContext,
  trialId: string,
  epoch: number,
  earlier: number,
): Promise<EpochRecord> {
  const record = await epochRecord(context, trialId, earlier);
  if (!record) throw new Bug(`epoch ${epoch} of ${trialId} was requested before epoch ${earlier}`);
  return record;
}

async function localCheckpoint(
  context: WorkerContext,
  folder: string,
  files: EpochRecord['files'],
): Promise<LocalCheckpoint> {
  const [model, optimizer] = await Promise.all([
    localCopy(context, folder, files.model),
    localCopy(context, folder, files.optimizer),
  ]);
  return { model: { path: model, sha256: files.model.sha256 }, optimizer };
}
