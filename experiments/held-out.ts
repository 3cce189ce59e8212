import { evaluationBatches, type Split } from '@honyaku/data';
import { type Seq2Seq } from '@honyaku/model';

export interface HeldOutPerplexities {
  /** Over all tokens. */
  readonly perplexity: number;
  /** Over the mean of the batches' losses, as the notebook averages them. */
  readonly batchMean: number;
}

/** Perplexities of a split, without dropout or smoothing. */
export function heldOutPerplexities(model: Seq2Seq, split: Split, batchSize: number): HeldOutPerplexities {
  const means: number[] = [];
  let [loss, tokens] = [0, 0];
  for (const batch of evaluationBatches(split, batchSize)) {
    const { tokenLoss, targetTokens } = model.loss(batch);
    means.push(tokenLoss / targetTokens);
    [loss, tokens] = [loss + tokenLoss, tokens + targetTokens];
  }
  return {
    perplexity: Math.exp(loss / tokens),
    batchMean: Math.exp(means.reduce((sum, mean) => sum + mean, 0) / means.length),
  };
}
