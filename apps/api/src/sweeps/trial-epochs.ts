/** What a committed epoch makes of its trial, before any pruner is asked. */
import { type CommittedEpoch, type TrialConfig, type TrialView } from '@honyaku/contracts';
import { afterEpoch, emptyHistory } from '@honyaku/search';

export function withEpoch(trial: TrialView, epoch: CommittedEpoch): TrialView {
  return { ...trial, epochs: [...trial.epochs, epoch] };
}

/** The trial as ended by its newest epoch, or undefined when it may go on. */
export function endedBy(trial: TrialView, now: string): TrialView | undefined {
  const newest = trial.epochs.at(-1);
  if (!newest) return undefined;
  const reason = divergence(newest);
  if (reason !== undefined) return { ...trial, state: 'failed', reason, retryable: false, endedAt: now };
  if (trial.epochs.length >= trial.config.epochs || outOfPatience(trial.config, trial.epochs))
    return { ...trial, state: 'completed', endedAt: now };
  return undefined;
}

function divergence({ train, heldOut }: CommittedEpoch): string | undefined {
  const strange = [train.perplexity, heldOut.perplexity].find((value) => !Number.isFinite(value));
  if (strange !== undefined) return `diverged: perplexity is ${strange}`;
  // Who knows nothing at all has a perplexity of the vocabulary.
  if (heldOut.perplexity > 2 * heldOut.vocabularySize)
    return (
      `diverged: held-out perplexity is ${heldOut.perplexity}, ` +
      `more than twice the vocabulary of ${heldOut.vocabularySize}`
    );
  return undefined;
}

function outOfPatience(
  { hyperparameters: { patience } }: TrialConfig,
  epochs: readonly CommittedEpoch[],
): boolean {
  if (patience === 0) return false;
  const { epochsSinceBest } = epochs.reduce(
    (history, { epoch, heldOut }) => afterEpoch(history, epoch, heldOut.perplexity),
    emptyHistory,
  );
  return epochsSinceBest >= patience;
}
