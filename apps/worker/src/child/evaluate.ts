/** Held-out perplexity of one checkpoint, and a few translations to look at. */
import { type HeldOutMetrics, type SampleTranslation, specialTokens } from '@honyaku/contracts';
import { evaluationBatches, openSplit, openTokenizer, type Split } from '@honyaku/data';
import { greedy, type Seq2Seq, tensorflowVersion } from '@honyaku/model';
import type { HandlerContext } from '@honyaku/tensor-process';
import type { z } from 'zod';
import type { trialProtocol } from './protocol.ts';
import type { WarmTrial } from './warm-trial.ts';

type Call = (typeof trialProtocol)['evaluate'];

const sampleCount = 5;

export async function evaluate(
  warm: WarmTrial,
  { config, vocabularySize, shards, tokenizers, model }: z.output<Call['payload']>,
  { breathe }: HandlerContext<never>,
): Promise<z.output<Call['result']>> {
  const split = await openSplit(shards);
  return warm.withNetwork(config, vocabularySize, model, async (network) => ({
    metrics: await heldOut(network, split, config.hyperparameters.batchSize, breathe),
    samples: await translateSome(network, split, tokenizers),
    tensorflowVersion,
  }));
}

/**
 * Token perplexity counts every pair. The batch mean leaves out a last, shorter batch, as the notebook does,
 * unless it is the only one.
 */
async function heldOut(
  network: Seq2Seq,
  split: Split,
  batchSize: number,
  breathe: () => Promise<void>,
): Promise<HeldOutMetrics> {
  const start = performance.now();
  let tokenLoss = 0;
  let targetTokens = 0;
  const batchMeans: number[] = [];
  for (const batch of evaluationBatches(split, batchSize)) {
    await breathe();
    const loss = network.loss(batch);
    tokenLoss += loss.tokenLoss;
    targetTokens += loss.targetTokens;
    if (batch.size === batchSize || batchMeans.length === 0)
      batchMeans.push(loss.tokenLoss / loss.targetTokens);
  }
  return {
    targetTokens,
    perplexity: Math.exp(tokenLoss / targetTokens),
    perplexityBatchMean: Math.exp(batchMeans.reduce((sum, mean) => sum + mean, 0) / batchMeans.length),
    seconds: (performance.now() - start) / 1000,
  };
}

async function translateSome(
  network: Seq2Seq,
  split: Split,
  tokenizers: { readonly source: string; readonly target: string },
): Promise<SampleTranslation[]> {
  const [source, target] = await Promise.all([
    openTokenizer(tokenizers.source),
    openTokenizer(tokenizers.target),
  ]);
  const texts = Array.from({ length: Math.min(sampleCount, split.length) }, (_, index) =>
    split.text(index),
  ).filter((text) => text !== undefined);
  const sources = texts.map((text) => [...source.encode(text.source), specialTokens.eos]);
  return greedy(network, sources).map((ids, row) => ({
    source: texts[row]?.source ?? '',
    output: target.decode(ids),
    reference: texts[row]?.target ?? '',
  }));
}
