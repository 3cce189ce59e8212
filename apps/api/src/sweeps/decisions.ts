/**
 * What happens next in a sweep: a pure function of its state and of one event. Giving the same event
 * again changes nothing, so that jobs may be delivered more than once.
 */
import {
  type BestEpoch,
  type EpochView,
  type SweepState as SweepStateName,
  type TrialConfig,
  type TrialView,
} from '@honyaku/contracts';
import { afterEpoch, emptyHistory } from '@honyaku/search';
import { type SweepState } from './sweep-state.ts';

export type CommittedEpoch = Omit<EpochView, 'samples'>;

export type SweepEvent =
  | { readonly type: 'dataset-ready'; readonly dataset: string; readonly trials: readonly TrialView[] }
  | { readonly type: 'sweep-failed'; readonly reason: string }
  | { readonly type: 'epoch-committed'; readonly trialId: string; readonly epoch: CommittedEpoch }
  | {
      readonly type: 'epoch-failed';
      readonly trialId: string;
      readonly epoch: number;
      readonly reason: string;
    }
  | { readonly type: 'cancelled' };

/** An epoch that has to be trained, evaluated and recorded. */
export interface EpochFlow {
  readonly sweepId: string;
  readonly trialId: string;
  readonly epoch: number;
  readonly config: TrialConfig;
}

export interface Decision {
  /** The very same object when the event changed nothing. */
  readonly state: SweepState;
  /** Flows of the trials that changed; all that are needed when nothing did, since their adding may have been lost. */
  readonly flows: readonly EpochFlow[];
}

/** @param now ISO timestamp of the event */
export function decide(state: SweepState, event: SweepEvent, now: string): Decision {
  const changed = apply(state, event, now);
  if (changed === state) return { state, flows: neededFlows(state) };
  const after = summarise(startPending(changed, now), now);
  const known = new Set(state.trials);
  return { state: after, flows: neededFlows(after, (trial) => !known.has(trial)) };
}

/** A running trial with e committed epochs needs the flow of epoch e + 1. */
export function neededFlows(
  { sweep, trials }: SweepState,
  which: (trial: TrialView) => boolean = () => true,
): EpochFlow[] {
  if (sweep.state !== 'running') return [];
  return trials
    .filter((trial) => trial.state === 'running' && which(trial))
    .map(({ id, epochs, config }) => ({ sweepId: sweep.id, trialId: id, epoch: epochs.length + 1, config }));
}

/** Whether a sweep or trial in this state changes no more. */
export function hasEnded(state: SweepStateName | TrialView['state']): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}

function apply(state: SweepState, event: SweepEvent, now: string): SweepState {
  const { sweep } = state;
  if (hasEnded(sweep.state)) return state;
  switch (event.type) {
    case 'dataset-ready':
      if (sweep.state !== 'preparing') return state;
      return { sweep: { ...sweep, state: 'running', dataset: event.dataset }, trials: event.trials };
    case 'sweep-failed':
      if (sweep.state !== 'preparing') return state;
      return { ...state, sweep: { ...sweep, state: 'failed', reason: event.reason } };
    case 'epoch-committed':
      return withTrial(state, event.trialId, event.epoch.epoch, (trial) =>
        trialAfter(trial, event.epoch, now),
      );
    case 'epoch-failed':
      return withTrial(state, event.trialId, event.epoch, (trial) => ({
        ...trial,
        state: 'failed',
        reason: event.reason,
        endedAt: now,
      }));
    case 'cancelled':
      return {
        sweep: { ...sweep, state: 'cancelled' },
        trials: state.trials.map((trial) =>
          hasEnded(trial.state) ? trial : { ...trial, state: 'cancelled', endedAt: now },
        ),
      };
  }
}

/** Changes the trial if it is running and waits for just this epoch. */
function withTrial(
  state: SweepState,
  trialId: string,
  epoch: number,
  change: (trial: TrialView) => TrialView,
): SweepState {
  const trial = state.trials.find(({ id }) => id === trialId);
  if (trial?.state !== 'running' || trial.epochs.length + 1 !== epoch) return state;
  return { ...state, trials: state.trials.map((other) => (other === trial ? change(trial) : other)) };
}

function trialAfter(trial: TrialView, epoch: CommittedEpoch, now: string): TrialView {
  const epochs = [...trial.epochs, epoch];
  const reason = divergence(epoch);
  if (reason !== undefined) return { ...trial, epochs, state: 'failed', reason, endedAt: now };
  if (epochs.length < trial.config.epochs && !outOfPatience(trial.config, epochs))
    return { ...trial, epochs };
  return { ...trial, epochs, state: 'completed', endedAt: now };
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

function startPending(state: SweepState, now: string): SweepState {
  if (state.sweep.state !== 'running') return state;
  let free = state.sweep.spec.concurrency - count(state.trials, 'running');
  if (free <= 0) return state;
  const trials = state.trials.map((trial): TrialView => {
    if (trial.state !== 'pending' || free <= 0) return trial;
    free -= 1;
    return { ...trial, state: 'running', startedAt: now };
  });
  return { ...state, trials };
}

/** Brings the sweep's counts, best epoch and state up to date with its trials. */
function summarise({ sweep, trials }: SweepState, now: string): SweepState {
  const planned = trials.length > 0 ? trials.length : sweep.trials.planned;
  const counts = {
    planned,
    // Trials that were never written down (the dataset is not there yet) are pending, or fell with the sweep.
    pending: trials.length > 0 ? count(trials, 'pending') : hasEnded(sweep.state) ? 0 : planned,
    running: count(trials, 'running'),
    completed: count(trials, 'completed'),
    failed: count(trials, 'failed'),
    cancelled: count(trials, 'cancelled'),
  };
  const allEnded = trials.length > 0 && trials.every((trial) => hasEnded(trial.state));
  let { state, reason } = sweep;
  if (state === 'running' && allEnded) {
    state = counts.completed > 0 ? 'completed' : 'failed';
    if (state === 'failed')
      reason = `every trial failed; the first: ${trials[0]?.reason ?? 'no reason known'}`;
  }
  const best = bestOf(trials);
  return {
    trials,
    sweep: {
      ...sweep,
      state,
      ...(reason === undefined ? {} : { reason }),
      trials: counts,
      epochsDone: trials.reduce((sum, trial) => sum + trial.epochs.length, 0),
      ...(best ? { best } : {}),
      ...(hasEnded(state) ? { endedAt: sweep.endedAt ?? now } : {}),
    },
  };
}

/** The first of the epochs with the lowest finite held-out perplexity. */
function bestOf(trials: readonly TrialView[]): BestEpoch | undefined {
  let best: BestEpoch | undefined;
  for (const trial of trials) {
    for (const { epoch, heldOut } of trial.epochs) {
      if (!Number.isFinite(heldOut.perplexity)) continue;
      if (!best || heldOut.perplexity < best.heldOut.perplexity) best = { trialId: trial.id, epoch, heldOut };
    }
  }
  return best;
}

function count(trials: readonly TrialView[], state: TrialView['state']): number {
  return trials.filter((trial) => trial.state === state).length;
}
