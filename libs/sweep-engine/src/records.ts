/** Records, events and the best bundle's config that follow from other records alone. */
import {
  type BestEpoch,
  type BundleConfig,
  type DatasetManifest,
  type EpochRecord,
  type EvaluationRecord,
  type SweepEvent,
  type TrialId,
  type TrialRecord,
} from '@honyaku/contracts';
import { type EpochFlow } from './decisions/flows.ts';

/** Names of the files in a bundle. */
export const bundleFiles = {
  model: 'model.safetensors',
  source: 'source.model',
  target: 'target.model',
  vocabulary: 'vocab.json',
} as const;

/** The plan of a trial, as it is stored before the first of its flows. @param createdAt of its sweep */
export function trialRecordOf(
  { trialId, sweepId, config }: Pick<EpochFlow, 'trialId' | 'sweepId' | 'config'>,
  createdAt: string,
): TrialRecord {
  return { id: trialId, sweepId, config, createdAt };
}

/**
 * What the records of an epoch tell its sweep. Translations that were cut stay in the evaluation's record: version
 * 0.1.0 refuses logs and rows with their number.
 * @param start the evaluation of the model that the trial starts from, with its first epoch
 */
export function epochCommitted(
  trialId: TrialId,
  { epoch, metrics: train, provenance, files }: EpochRecord,
  evaluation: EvaluationRecord,
  start?: EvaluationRecord,
): Extract<SweepEvent, { type: 'epoch-committed' }> {
  return {
    type: 'epoch-committed',
    trialId,
    epoch: {
      epoch,
      train,
      heldOut: evaluation.metrics,
      ...(start === undefined ? {} : { start: start.metrics }),
      model: files.model.sha256,
      worker: provenance.worker,
      ...(provenance.kernels === undefined ? {} : { kernels: provenance.kernels }),
      committedAt: evaluation.committedAt,
    },
  };
}

/** What the `config.json` of the best bundle says. The model is the average of several epochs where one was made. */
export function bundleConfigOf(
  sweepId: string,
  { trialId, epoch, heldOut, test }: BestEpoch,
  records: {
    readonly trained: EpochRecord;
    readonly evaluated: EvaluationRecord;
    readonly dataset: DatasetManifest;
  },
): BundleConfig {
  const { trained, dataset } = records;
  const { hyperparameters } = trained.config;
  const { source, target } = dataset.tokenizers;
  const { vocabulary } = dataset;
  return {
    version: 1,
    sweepId,
    trialId,
    epoch,
    hyperparameters,
    vocabularySize: dataset.vocabularySize,
    heldOut,
    ...(test === undefined ? {} : { test }),
    corpus: dataset.corpus,
    files: {
      model: { ...modelOf(records), key: bundleFiles.model },
      source: { ...source, key: bundleFiles.source },
      target: { ...target, key: bundleFiles.target },
      ...(vocabulary ? { vocabulary: { ...vocabulary, key: bundleFiles.vocabulary } } : {}),
    },
  };
}

/** The weights that the evaluation measured. */
export function modelOf({
  trained,
  evaluated,
}: {
  readonly trained: EpochRecord;
  readonly evaluated: EvaluationRecord;
}): EpochRecord['files']['model'] {
  return evaluated.average?.model ?? trained.files.model;
}
