/** Requests to the tensor process by the jobs of a trial. */
import {
  Corrupt,
  type DatasetManifest,
  type evaluateJob,
  type HeldOutHistory,
  type Sha256,
  type TrainedConfig,
} from '@honyaku/contracts';
import type { TokenizerFiles } from '@honyaku/data';
import { keys } from '@honyaku/storage';
import type { z } from 'zod';
import { keyOf, type Task } from './speculation.ts';
import type { trialProtocol } from '../child/protocol.ts';
import { localCopy, manifestOf, tensorEnvironment, type TaskContext } from './job-context.ts';

type TrainCall = (typeof trialProtocol)['train-epoch'];
type EvaluateCall = (typeof trialProtocol)['evaluate'];
export type TrainPayload = z.output<TrainCall['payload']>;
export type EvaluatePayload = z.output<EvaluateCall['payload']>;
export type TrainTaskProgress = z.output<TrainCall['progress']>;
export type TrainResult = z.output<TrainCall['result']>;
export type EvaluateResult = z.output<EvaluateCall['result']>;
type TrainTask = Task<TrainResult, TrainTaskProgress>;
type EvaluateTask = Task<EvaluateResult, never>;

export type EpochOfTrial = {
  readonly trialId: string;
  readonly epoch: number;
  readonly config: TrainedConfig;
};

/** The task's key depends on the content of local files, not on their paths. */
export async function trainTask(
  context: TaskContext,
  { trialId, epoch, config }: EpochOfTrial,
  { history, ...start }: Pick<TrainPayload, 'checkpoint' | 'resume'> & { readonly history: HeldOutHistory },
): Promise<TrainTask> {
  const manifest = await manifestOf(context, config.dataset);
  const folder = keys.datasetFolder(config.dataset);
  const [shards, tokenizers] = await Promise.all([
    Promise.all(manifest.shards.train.map((shard) => localCopy(context, folder, shard))),
    localTokenizers(context, manifest),
  ]);
  const payload = {
    epoch,
    config,
    vocabularySize: manifest.vocabularySize,
    shards,
    tokenizers,
    plateauFactor: history.plateauFactor,
    ...start,
    checkpointSeconds: context.checkpointSeconds,
  };
  const from = start.checkpoint?.model.sha256 ?? null;
  return {
    key: keyOf('train-epoch', trialId, epoch, config, history.plateauFactor, from, start.resume ?? null),
    run: (attempt, options) =>
      context.trials.request(
        'train-epoch',
        { ...payload, folder: attempt },
        { ...options, environment: tensorEnvironment(config.runtime, context.device) },
      ),
  };
}

/** The tokenizers of a dataset in local files. */
async function localTokenizers(
  context: TaskContext,
  { digest, tokenizers, vocabulary }: DatasetManifest,
): Promise<TokenizerFiles> {
  const folder = keys.datasetFolder(digest);
  const [source, target, joint] = await Promise.all([
    localCopy(context, folder, tokenizers.source),
    localCopy(context, folder, tokenizers.target),
    vocabulary && localCopy(context, folder, vocabulary),
  ]);
  return { source, target, vocabulary: joint };
}

type HeldOutSet = Pick<
  EvaluatePayload,
  'vocabularySize' | 'shards' | 'tokenizers' | 'targetLanguage' | 'longestTarget'
>;

/**
 * A held-out set of a dataset in local files, and what its translation needs.
 * @throws Corrupt when the dataset has no dev set
 */
export async function heldOutSet(
  context: TaskContext,
  dataset: Sha256,
  set: 'dev' | 'test',
): Promise<HeldOutSet> {
  const manifest = await manifestOf(context, dataset);
  const folder = keys.datasetFolder(dataset);
  const heldOut = manifest.shards[set];
  if (!heldOut) throw new Corrupt(`${keys.manifest(dataset)} has no ${set} set`);
  const [shards, tokenizers] = await Promise.all([
    Promise.all(heldOut.map((shard) => localCopy(context, folder, shard))),
    localTokenizers(context, manifest),
  ]);
  return {
    vocabularySize: manifest.vocabularySize,
    shards,
    tokenizers,
    targetLanguage: manifest.corpus.targetLanguage,
    longestTarget: manifest.settings.maxTokens + 1,
  };
}

/**
 * @param sentences number of pairs in the sample that is translated
 * @param dev whether the dataset has a dev set, which is evaluated then
 * @param decoding of the sweep, of which an evaluation takes the limit alone
 */
export async function evaluateTask(
  context: TaskContext,
  { trialId, epoch, config }: EpochOfTrial,
  {
    model,
    earlier,
    sentences,
    dev,
    decoding,
  }: Pick<EvaluatePayload, 'model' | 'earlier' | 'sentences'> &
    Pick<z.output<typeof evaluateJob.payload>, 'dev' | 'decoding'>,
): Promise<EvaluateTask> {
  const heldOut = await heldOutSet(context, config.dataset, dev ? 'dev' : 'test');
  const maxTokens = decoding?.maxTokens;
  const payload = { config, ...heldOut, model, epoch, earlier, sentences, maxTokens };
  return {
    key: keyOf(
      'evaluate',
      trialId,
      epoch,
      config,
      model.sha256,
      earlier.map((each) => each.epoch),
      sentences ?? null,
      dev ?? null,
      maxTokens ?? null,
    ),
    run: (attempt, { signal }) =>
      context.trials.request(
        'evaluate',
        { ...payload, folder: attempt },
        { signal, environment: tensorEnvironment(config.runtime, context.device) },
      ),
  };
}
