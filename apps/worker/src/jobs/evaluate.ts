/** Held-out metrics and sample translations of a committed epoch. */
import { Bug, EpochRecord, EvaluationRecord, type evaluateJob, fromJson, toJson } from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import type { z } from 'zod';
import {
  type Delivery,
  localCopy,
  manifestOf,
  provenanceOf,
  tensorEnvironment,
  type WorkerParts,
} from './job-context.ts';

type Payload = z.output<typeof evaluateJob.payload>;
type Result = z.output<typeof evaluateJob.result>;

/** Delivered any number of times, it leaves one record. @throws ChildLost, Corrupt, Unavailable */
export async function evaluate(parts: WorkerParts, payload: Payload, delivery: Delivery): Promise<Result> {
  const { trialId, epoch, config } = payload;
  const key = keys.evaluationRecord(trialId, epoch);
  const read = async () => {
    const text = await parts.store.getText(key);
    return text === undefined ? undefined : fromJson(EvaluationRecord, text, key);
  };
  const committed = await read();
  if (committed) return { perplexity: committed.metrics.perplexity };

  const epochKey = keys.epochRecord(trialId, epoch);
  const epochText = await parts.store.getText(epochKey);
  if (epochText === undefined)
    throw new Bug(`epoch ${epoch} of ${trialId} is to be evaluated before it is there`);
  const { files } = fromJson(EpochRecord, epochText, epochKey);
  const manifest = await manifestOf(parts, config.dataset);
  const dataset = keys.datasetFolder(config.dataset);
  const [shards, tokenizer, model] = await Promise.all([
    Promise.all(manifest.shards.test.map((shard) => localCopy(parts, dataset, shard))),
    localCopy(parts, dataset, manifest.tokenizers.target),
    localCopy(parts, keys.epochFolder(trialId, epoch), files.model),
  ]);

  const { metrics, samples, tensorflowVersion } = await parts.trials.request(
    'evaluate',
    {
      config,
      vocabularySize: manifest.vocabularySize,
      shards,
      target: { tokenizer, language: manifest.corpus.targetLanguage },
      model: { path: model, sha256: files.model.sha256 },
    },
    { environment: tensorEnvironment(config.runtime), signal: delivery.signal },
  );
  const record: EvaluationRecord = {
    trialId,
    epoch,
    model: files.model.sha256,
    metrics,
    samples,
    provenance: provenanceOf(parts, tensorflowVersion),
    committedAt: new Date().toISOString(),
  };
  const outcome = await parts.store.putIfAbsent(key, toJson(EvaluationRecord, record));
  const winner = outcome === 'exists' ? await read() : record;
  return { perplexity: winner?.metrics.perplexity ?? metrics.perplexity };
}
