/**
 * How an epoch depends on the trial's earlier ones: their weights are averaged with its own (`averageBest`), the plateau
 * schedule continues from the best one, and schedules and early stopping use their history. The worker, its tensor
 * process and retention share these rules.
 */
import { type HeldOutHistory, type TrialConfig } from './records.ts';

type EarlierEpochSettings = Pick<TrialConfig['hyperparameters'], 'averageBest' | 'schedule'>;

export interface EvaluatedEpoch {
  readonly epoch: number;
  /** Held-out perplexity of the epoch's own weights, without averaging. */
  readonly ownPerplexity: number;
}

/** Whether epochs of such a trial read checkpoints besides that of the previous epoch. */
export function readsEarlierEpochs({ averageBest, schedule }: EarlierEpochSettings): boolean {
  return averageBest > 1 || schedule === 'plateau';
}

/**
 * The epochs whose weights are averaged, in ascending order; none if averaging is off.
 * @param evaluated all of the trial up to and including the one that is evaluated
 */
export function epochsToAverage<Each extends EvaluatedEpoch>(
  evaluated: readonly Each[],
  { averageBest }: Pick<EarlierEpochSettings, 'averageBest'>,
): Each[] {
  if (averageBest === 1) return [];
  return bestBy(evaluated, averageBest).sort((a, b) => a.epoch - b.epoch);
}

/** The evaluated epochs whose checkpoints a later epoch may read. */
export function epochsToKeep<Each extends EvaluatedEpoch>(
  evaluated: readonly Each[],
  { averageBest, schedule }: EarlierEpochSettings,
): Each[] {
  if (!readsEarlierEpochs({ averageBest, schedule })) return [];
  return bestBy(evaluated, averageBest);
}

/** The epochs with the lowest finite perplexities, the earliest on a tie. */
function bestBy<Each extends EvaluatedEpoch>(evaluated: readonly Each[], count: number): Each[] {
  return evaluated
    .filter(({ ownPerplexity }) => Number.isFinite(ownPerplexity))
    .sort((a, b) => a.ownPerplexity - b.ownPerplexity || a.epoch - b.epoch)
    .slice(0, count);
}

/** The history before the first epoch. */
export const emptyHistory: HeldOutHistory = {
  bestEpoch: 0,
  bestPerplexity: Infinity,
  epochsSinceBest: 0,
  plateauFactor: 1,
};

/** Adds an epoch to the history. Without improvement, the plateau schedule halves the learning rate. */
export function afterEpoch(history: HeldOutHistory, epoch: number, perplexity: number): HeldOutHistory {
  if (perplexity < history.bestPerplexity)
    return { ...history, bestEpoch: epoch, bestPerplexity: perplexity, epochsSinceBest: 0 };
  return {
    ...history,
    epochsSinceBest: history.epochsSinceBest + 1,
    plateauFactor: history.plateauFactor / 2,
  };
}
