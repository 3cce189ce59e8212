/** What a committed epoch makes of its trial, before any pruner is asked. */
import {
  type CommittedEpoch,
  type Hyperparameters,
  type TrialConfig,
  type TrialId,
  type TrialView,
  type Verdict,
  afterEpoch,
  emptyHistory,
  hasDiverged,
} from '@honyaku/contracts';

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

/** The trial as the pruner's verdict leaves it. */
export function judged(trial: TrialView, verdict: Verdict, now: string): TrialView {
  switch (verdict.action) {
    case 'stop':
      return { ...trial, state: 'pruned', reason: verdict.reason, endedAt: now };
    case 'pause':
      return { ...trial, state: 'paused', reason: verdict.reason };
    case 'exploit': {
      const { from, hyperparameters } = verdict;
      const { hyperparameters: before } = trial.config;
      return {
        ...trial,
        config: { ...trial.config, hyperparameters },
        exploits: [...(trial.exploits ?? []), { epoch: trial.epochs.length, from, before }],
      };
    }
    case 'continue':
      return trial;
  }
}

/** What is said of a paused trial that does not go on: the reason of its pause was that it waits. */
export function pausedText({ epochs }: Pick<TrialView, 'epochs'>): string {
  return `paused after epoch ${epochs.length}`;
}

/** The other trial from whose newest checkpoint the trial goes on, if there is one. */
export function copiedFrom({ exploits, epochs }: TrialView): { from?: TrialId } {
  const last = exploits?.at(-1);
  return last?.epoch === epochs.length ? { from: last.from } : {};
}

/** With which settings a trial trained its epoch `epoch`. */
export function settingsAt({ config, exploits = [] }: TrialView, epoch: number): Hyperparameters {
  return exploits.find((each) => each.epoch >= epoch)?.before ?? config.hyperparameters;
}

/** The perplexity of the epoch that is no finite number, if one of the two is not. */
export function notFinite({ train, heldOut }: CommittedEpoch): number | undefined {
  return [train.perplexity, heldOut.perplexity].find((value) => !Number.isFinite(value));
}

/** Why an epoch ends its trial as diverged; undefined where it does not. */
export function divergence(epoch: CommittedEpoch): string | undefined {
  const { heldOut } = epoch;
  const perplexity = notFinite(epoch);
  if (perplexity !== undefined) return `diverged: perplexity is ${perplexity}`;
  if (hasDiverged(heldOut))
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
