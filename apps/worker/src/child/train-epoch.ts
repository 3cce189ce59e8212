/** Trains the steps of one epoch, from a checkpoint to its end or to the step where it is stopped. */
import { join } from 'node:path';
import { type Batch, Cancelled, type PartialRecord, type TrainMetrics } from '@honyaku/contracts';
import { sampledSubwords, trainBatches } from '@honyaku/data';
import { tensorBytes, tensorflowVersion } from '@honyaku/model';
import type { HandlerContext } from '@honyaku/tensor-process';
import type { z } from 'zod';
import type { trialProtocol, WrittenCheckpoint } from './protocol.ts';
import type { WarmTrial } from './warm-trial.ts';

type Call = (typeof trialProtocol)['train-epoch'];
type Totals = PartialRecord['totals'];

const progressMilliseconds = 250;
const zeroTotals: Totals = {
  targetTokens: 0,
  targetPositions: 0,
  tokenLoss: 0,
  batchMeanLoss: 0,
  seconds: 0,
};

export async function trainSteps(
  warm: WarmTrial,
  payload: z.output<Call['payload']>,
  { progress, yieldToEventLoop }: HandlerContext<z.output<Call['progress']>>,
): Promise<z.output<Call['result']>> {
  const { epoch, config, resume, folder } = payload;
  const { plateauFactor } = payload;
  const stored = await warm.trainSplit(payload.shards);
  const alpha = config.hyperparameters.subwordAlpha;
  const order = { seed: config.seed, epoch };
  const split =
    alpha > 0
      ? await sampledSubwords(stored, { ...order, alpha, tokenizers: payload.tokenizers, yieldToEventLoop })
      : stored;
  const { steps, from } = trainBatches(split, { ...config.hyperparameters, ...order });
  const { trainer } = await warm.resume(config, payload.vocabularySize, payload.checkpoint);

  let step = resume?.step ?? 0;
  let totals = resume?.totals ?? zeroTotals;
  let reportedAt = 0;
  let writtenAt = performance.now();
  let finished = true;
  let written: WrittenCheckpoint | undefined;

  const write = async (): Promise<WrittenCheckpoint> => {
    // The parent may be uploading these files.
    if (written?.step === step) return written;
    const model = join(folder, `model-${step}.safetensors`);
    const optimizer = join(folder, `optimizer-${step}.safetensors`);
    await trainer.model.save(model);
    await trainer.saveOptimizer(optimizer);
    written = {
      step,
      totals,
      model: { path: model, sha256: await warm.keepAs(model) },
      optimizer: { path: optimizer },
    };
    return written;
  };

  // Start of the time that counts: steps and their batches, without writing checkpoints.
  let since = performance.now();
  for (const batches of from(step)) {
    if (await stopped(yieldToEventLoop)) {
      finished = false;
      break;
    }
    const { tokenLoss, targetTokens } = trainer.step(batches, {
      epoch,
      step,
      progress: (epoch - 1 + step / steps) / config.epochs,
      plateauFactor,
    });
    step += 1;
    const now = performance.now();
    totals = added(totals, batches, { tokenLoss, targetTokens }, (now - since) / 1000);
    since = now;
    // The loss of a diverged network stays non-finite; more steps would only cost time.
    if (!Number.isFinite(tokenLoss)) break;
    if (now - reportedAt > progressMilliseconds || step === steps) {
      reportedAt = now;
      progress({
        type: 'steps',
        step,
        steps,
        targetTokens: totals.targetTokens,
        targetTokensPerSecond: totals.targetTokens / Math.max(totals.seconds, 1e-6),
        perplexity: Math.exp(totals.tokenLoss / Math.max(totals.targetTokens, 1)),
        elapsedSeconds: totals.seconds,
        tensorBytes: tensorBytes(),
        residentBytes: process.memoryUsage.rss(),
      });
    }
    if (now - writtenAt > payload.checkpointSeconds * 1000 && step < steps) {
      progress({ type: 'checkpoint', checkpoint: await write() });
      writtenAt = performance.now();
      since = writtenAt;
    }
  }
  return {
    finished,
    checkpoint: await write(),
    metrics: metricsOf(totals, step),
    tensorflowVersion,
    ...(trainer.kernels.length > 0 ? { kernels: [...trainer.kernels] } : {}),
  };
}

async function stopped(yieldToEventLoop: () => Promise<void>): Promise<boolean> {
  try {
    await yieldToEventLoop();
    return false;
  } catch (error) {
    if (error instanceof Cancelled) return true;
    throw error;
  }
}

function added(
  totals: Totals,
  batches: readonly Batch[],
  { tokenLoss, targetTokens }: { readonly tokenLoss: number; readonly targetTokens: number },
  seconds: number,
): Totals {
  return {
    targetTokens: totals.targetTokens + targetTokens,
    targetPositions: batches.reduce(
      (sum, { size, targetLength }) => sum + size * targetLength,
      totals.targetPositions,
    ),
    tokenLoss: totals.tokenLoss + tokenLoss,
    batchMeanLoss: totals.batchMeanLoss + tokenLoss / targetTokens,
    seconds: totals.seconds + seconds,
  };
}

function metricsOf(totals: Totals, steps: number): TrainMetrics {
  return {
    steps,
    targetTokens: totals.targetTokens,
    perplexity: Math.exp(totals.tokenLoss / totals.targetTokens),
    perplexityBatchMean: Math.exp(totals.batchMeanLoss / steps),
    seconds: totals.seconds,
    paddedShare: totals.targetPositions === 0 ? 0 : 1 - totals.targetTokens / totals.targetPositions,
  };
}
