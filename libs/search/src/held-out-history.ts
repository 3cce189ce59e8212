/** What the held-out perplexities of a trial's epochs came to; a fold, so that any process can take it up. */
import { type HeldOutHistory } from '@honyaku/contracts';

export const emptyHistory: HeldOutHistory = {
  bestEpoch: 0,
  bestPerplexity: Infinity,
  epochsSinceBest: 0,
  plateauFactor: 1,
};

/** After an epoch that was no improvement the plateau schedule goes on with half of the learning rate. */
export function afterEpoch(history: HeldOutHistory, epoch: number, perplexity: number): HeldOutHistory {
  if (perplexity < history.bestPerplexity)
    return { ...history, bestEpoch: epoch, bestPerplexity: perplexity, epochsSinceBest: 0 };
  return {
    ...history,
    epochsSinceBest: history.epochsSinceBest + 1,
    plateauFactor: history.plateauFactor / 2,
  };
}
