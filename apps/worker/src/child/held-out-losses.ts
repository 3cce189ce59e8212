/** Losses of a network on a held-out split. */
import type { HeldOutMetrics } from '@honyaku/contracts';
import { evaluationBatches, type Split } from '@honyaku/data';
import { bitsPerCharacter, countReferenceCharacters } from '@honyaku/metrics';
import type { Seq2Seq } from '@honyaku/model';
import { textOf } from './held-out-texts.ts';

export type Losses = Pick<
  HeldOutMetrics,
  'targetTokens' | 'perplexity' | 'perplexityBatchMean' | 'bitsPerCharacter'
>;

/**
 * Token perplexity includes every pair. The batch mean omits a shorter last batch, as the notebook does, unless it
 * is the only one.
 */
export async function heldOutLosses(
  network: Seq2Seq,
  split: Split,
  batchSize: number,
  yieldToEventLoop: () => Promise<void>,
): Promise<Losses> {
  let tokenLoss = 0;
  let targetTokens = 0;
  const batchMeans: number[] = [];
  for (const batch of evaluationBatches(split, batchSize)) {
    await yieldToEventLoop();
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
