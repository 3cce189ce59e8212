/** Held-out metrics of one checkpoint, and a few translations to look at. */
import type { HeldOutMetrics } from '@honyaku/contracts';
import { evaluationBatches, openSplit, openTokenizer, type Split } from '@honyaku/data';
import { bitsPerCharacter, countReferenceCharacters } from '@honyaku/metrics';
import { type Seq2Seq, tensorflowVersion } from '@honyaku/model';
import type { HandlerContext } from '@honyaku/tensor-process';
import type { z } from 'zod';
import { textOf, translateHeldOut } from './held-out-translations.ts';
import type { trialProtocol } from './protocol.ts';
import type { WarmTrial } from './warm-trial.ts';

type Call = (typeof trialProtocol)['evaluate'];

export async function evaluate(
  warm: WarmTrial,
  { config, vocabularySize, shards, target, model }: z.output<Call['payload']>,
  { breathe }: HandlerContext<never>,
): Promise<z.output<Call['result']>> {
  const [split, tokenizer] = await Promise.all([openSplit(shards), openTokenizer(target.tokenizer)]);
  const start = performance.now();
  return warm.withNetwork(config, vocabularySize, model, async (network) => {
    const losses = await heldOutLosses(network, split, config.hyperparameters.batchSize, breathe);
    const { metrics, samples } = await translateHeldOut(
      network,
      split,
      { tokenizer, language: target.language },
      breathe,
    );
    return {
      metrics: {
        ...losses,
        vocabularySize: vocabularySize.target,
        translations: metrics,
        seconds: (performance.now() - start) / 1000,
      },
      samples: [...samples],
      tensorflowVersion,
    };
  });
}

/**
 * Token perplexity counts every pair. The batch mean leaves out a last, shorter batch, as the notebook does,
 * unless it is the only one.
 */
async function heldOutLosses(
  network: Seq2Seq,
  split: Split,
  batchSize: number,
  breathe: () => Promise<void>,
): Promise<Pick<HeldOutMetrics, 'targetTokens' | 'perplexity' | 'perplexityBatchMean' | 'bitsPerCharacter'>> {
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
  const references = Array.from({ length: split.length }, (_, index) => textOf(split, index).target);
  return {
    targetTokens,
    perplexity: Math.exp(tokenLoss / targetTokens),
    perplexityBatchMean: Math.exp(batchMeans.reduce((sum, mean) => sum + mean, 0) / batchMeans.length),
    bitsPerCharacter: bitsPerCharacter(tokenLoss, countReferenceCharacters(references)),
  };
}
