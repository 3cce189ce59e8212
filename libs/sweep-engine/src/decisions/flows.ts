/** The work that a state calls for, as flows of jobs. */
import { type DecodingSettings, type TrialConfig, type TrialId, hasDevSet } from '@honyaku/contracts';
import { type SweepState } from '../state/sweep-state.ts';
import { trialWith } from '../state/trial-list.ts';
import { copiedFrom, settingsAt } from './trial-epochs.ts';
import { awaitsScore } from './whole-score.ts';

/** An epoch that has to be trained, evaluated and recorded. */
export interface EpochFlow {
  readonly type: 'epoch';
  readonly sweepId: string;
  readonly trialId: string;
  readonly epoch: number;
  readonly config: TrialConfig;
  /** The trial whose checkpoint of the epoch before it goes on from, where that is another. */
  readonly from?: TrialId;
  /** Of the held-out pairs, the number to translate; absent where the sweep does not set it. */
  readonly sentences?: number;
  /** Where the dataset has a dev set, of which the evaluation is then. */
  readonly dev?: true;
  /** Absent where the sweep does not set it. */
  readonly decoding?: DecodingSettings;
}

/** An epoch's checkpoint that has to be scored on the whole test set. */
export interface ScoreFlow {
  readonly type: 'score';
  readonly sweepId: string;
  readonly trialId: string;
  readonly epoch: number;
  readonly config: TrialConfig;
  /** Where evaluations are of a dev set: the score has the test set's losses then. */
  readonly dev?: true;
  /** Absent where the sweep does not set it. */
  readonly decoding?: DecodingSettings;
}

export type Flow = EpochFlow | ScoreFlow;

/**
 * A running trial with e committed epochs needs the flow of epoch e + 1, and a best epoch whose score is pending that of
 * the score.
 * @param trials of the state, when not all are asked for
 */
export function neededFlows(state: SweepState, trials = state.trials): Flow[] {
  return state.sweep.state === 'running' ? openFlows(state, trials) : [];
}

/** The same, also of a sweep that is paused. */
export function openFlows(state: SweepState, trials = state.trials): Flow[] {
  const { evaluation } = state.sweep.spec;
  const evaluated = { ...(evaluation ? { sentences: evaluation.sentences } : {}), ...heldOutOf(state) };
  const epochs = trials
    .filter((trial) => trial.state === 'running')
    .map((trial): EpochFlow => {
      const { id: trialId, sweepId, config } = trial;
      const epoch = trial.epochs.length + 1;
      return { type: 'epoch', sweepId, trialId, epoch, config, ...copiedFrom(trial), ...evaluated };
    });
  const score = scoreFlow(state);
  return score ? [...epochs, score] : epochs;
}

function heldOutOf({ sweep: { spec } }: SweepState): Pick<ScoreFlow, 'dev' | 'decoding'> {
  const { dataset, decoding } = spec;
  return { ...(hasDevSet(dataset) ? { dev: true } : {}), ...(decoding ? { decoding } : {}) };
}

function scoreFlow(state: SweepState): ScoreFlow | undefined {
  const { sweep, trials } = state;
  const { best, id: sweepId } = sweep;
  const trial = best && awaitsScore(sweep) ? trialWith(trials, best.trialId) : undefined;
  if (!best || !trial) return undefined;
  const { trialId, epoch } = best;
  const config = { ...trial.config, hyperparameters: settingsAt(trial, epoch) };
  return { type: 'score', sweepId, trialId, epoch, config, ...heldOutOf(state) };
}
