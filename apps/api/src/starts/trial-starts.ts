/** Checkpoints of trials as models that sweeps start from. */
import {
  DatasetManifest,
  EpochRecord,
  EvaluationRecord,
  NotFound,
  type StartFile,
  type StartRecord,
  type StoredFile,
  architectureOf,
  bestEpochOf,
  startRecordOf,
} from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { modelOf } from '@honyaku/sweep-engine';
import { type z } from 'zod';
import { type TrialReader } from '../trials/trial-reader.ts';
import { type StartStore } from './start-store.ts';

interface Described {
  readonly record: StartRecord;
  /** Where its files lie now. */
  readonly files: readonly StoredFile[];
}

export class TrialStarts {
  constructor(
    private readonly objects: ObjectStore,
    private readonly trials: TrialReader,
    private readonly starts: StartStore,
  ) {}

  /** @throws as `describe` */
  async record(trialId: string, epoch: number | undefined): Promise<StartRecord> {
    return (await this.describe(trialId, epoch)).record;
  }

  /** Copies the files, so that they stay when the trial's sweep is collected or removed. @throws as `describe` */
  async store(trialId: string, epoch: number | undefined): Promise<StartRecord> {
    const { record, files } = await this.describe(trialId, epoch);
    return this.starts.storeCopy(record, files);
  }

  /**
   * @param epoch of the trial; the one with its lowest held-out perplexity where it is undefined
   * @throws NotFound when there is no such trial, epoch or checkpoint; Corrupt
   */
  private async describe(trialId: string, epoch: number | undefined): Promise<Described> {
    const trial = await this.trials.trial(trialId);
    const chosen = epoch ?? bestEpochOf(trial)?.epoch;
    if (chosen === undefined) throw new NotFound(`trial ${trialId} has no epoch to start from yet`);
    if (!trial.epochs.some((each) => each.epoch === chosen))
      throw new NotFound(`trial ${trialId} has no committed epoch ${chosen}`);
    const [trained, evaluated, dataset] = await Promise.all([
      this.read(EpochRecord, keys.epochRecord(trialId, chosen)),
      this.read(EvaluationRecord, keys.evaluationRecord(trialId, chosen)),
      this.read(DatasetManifest, keys.manifest(trial.config.dataset)),
    ]);
    const model = modelOf({ trained, evaluated });
    const modelKey = `${keys.epochFolder(trialId, chosen)}/${model.key}`;
    if ((await this.objects.bytesOf(modelKey)) !== model.bytes)
      throw new NotFound(
        `the checkpoint of epoch ${chosen} of trial ${trialId} is gone, as retention removes those that nothing keeps`,
      );
    const { tokenizers, vocabulary, vocabularySize, settings, digest } = dataset;
    const record = startRecordOf({
      name: `trial ${trialId} after epoch ${chosen}`,
      architecture: architectureOf(trained.config.hyperparameters),
      vocabularySize,
      // A joint vocabulary's size is not that of its models.
      dataset: vocabulary
        ? { vocabulary: 'joint', vocabularySize: settings.vocabularySize }
        : { vocabulary: 'separate', vocabularySize },
      files: {
        model: contentOf(model),
        source: contentOf(tokenizers.source),
        target: contentOf(tokenizers.target),
        ...(vocabulary ? { vocabulary: contentOf(vocabulary) } : {}),
      },
    });
    const ofDataset = [tokenizers.source, tokenizers.target, ...(vocabulary ? [vocabulary] : [])];
    const inDataset = (file: StoredFile) => ({ ...file, key: `${keys.datasetFolder(digest)}/${file.key}` });
    return { record, files: [{ ...model, key: modelKey }, ...ofDataset.map(inDataset)] };
  }

  private async read<Schema extends z.ZodType>(schema: Schema, key: string): Promise<z.output<Schema>> {
    const record = await this.objects.getRecord(schema, key);
    if (!record) throw new NotFound(`${key} is no longer in the bucket`);
    return record;
  }
}

function contentOf({ bytes, sha256 }: StoredFile): StartFile {
  return { bytes, sha256 };
}
