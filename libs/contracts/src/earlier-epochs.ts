/**
 * What a trial's earlier epochs are to its next one: those whose weights are averaged with its own (`averageBest`),
 * the best one, from which the plateau schedule goes on, and the history by which schedules and early stopping go. The
 * worker fetches by it, its tensor process averages by it, and retention keeps by it.
 */
import { type HeldOutHistory, type TrialConfig } from './records.ts';

type EarlierEpochSettings = Pick<TrialConfig['hyperparameters'], 'averageBest' | 'schedule'>;

/** An epoch that was evaluated. */
export interface EvaluatedEpoch {
  readonly epoch: number;
  /** Held-out, of the epoch's own weights, however many were averaged with them. */
  readonly ownPerplexity: number;
}

/** Whether epochs of such a trial read checkpoints other than that of the epoch before. */
export function readsEarlierEpochs({ averageBest, schedule }: EarlierEpochSettings): boolean {
  return averageBest > 1 || schedule === 'plateau';
}

/**
 * The epochs whose weights are averaged, in their order; none where nothing is averaged.
 * @param evaluated all of the trial up to the one that is evaluated, that one included
 */
export function epochsToAverage<Each extends EvaluatedEpoch>(
  evaluated: readonly Each[],
  { averageBest }: Pick<EarlierEpochSettings, 'averageBest'>,
): Each[] {
  if (averageBest === 1) return [];
  return bestBy(evaluated, averageBest).sort((a, b) => a.epoch - b.epoch);
}

/** Of the evaluated epochs those whose checkpoints a later epoch may read. */
export function epochsToKeep<Each extends EvaluatedEpoch>(
  evaluated: readonly Each[],
  { averageBest, schedule }: EarlierEpochSettings,
): Each[] {
  if (!readsEarlierEpochs({ averageBest, schedule })) return [];
  return bestBy(evaluated, averageBest);
}

/** Those of the lowest finite perplexity, of equal ones the first. */
function bestBy<Each extends EvaluatedEpoch>(evaluated: readonly Each[], count: number): Each[] {
  return evaluated
    .filter(({ ownPerplexity }) => Number.isFinite(ownPerplexity))
    .sort((a, b) => a.ownPerplexity - b.ownPerplexity || a.epoch - b.epoch)
    .slice(0, count);
}

/** Of a trial that has no epoch yet. */
export const emptyHistory: HeldOutHistory = {
  bestEpoch: 0,
  bestPerplexity: Infinity,
  epochsSinceBest: 0,
  plateauFactor: 1,
};

/**
 * A fold, so that any process can take it up. After an epoch that was no improvement the plateau schedule goes on with half of the
 * learning rate.
 */
export function afterEpoch(history: HeldOutHistory, epoch: number, perplexity: number): HeldOutHistory {
  if (perplexity < history.bestPerplexity)
    return { ...history, bestEpoch: epoch, bestPerplexity: perplexity, epochsSinceBest: 0 };
  return {
    ...history,
    epochsSinceBest: history.epochsSinceBest + 1,
    plateauFactor: history.plateauFactor / 2,
  };
}
