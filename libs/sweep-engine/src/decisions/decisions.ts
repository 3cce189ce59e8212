/**
 * What happens next in a sweep: a pure function of its state, of one event and of what the chooser chooses.
 * Giving the same event again changes nothing, so that jobs may be delivered more than once.
 */
import { type Decision, type SweepEvent, type TrialView, trialIdOf } from '@honyaku/contracts';
import { trialConfigOf } from '../plan/plan.ts';
import { type SweepState, hasEnded } from '../state/sweep-state.ts';
import { countsOf, trialWith, withAdded, withReplaced } from '../state/trial-list.ts';
import { type Chooser } from './chooser.ts';
import { afterRequest, withTrialsByHand } from './requests.ts';
import { failed, spentBudget, withCounts, withEpochTotal } from './summary.ts';
import { endedBy, judged, withEpoch } from './trial-epochs.ts';
import { afterScore, isScoring, withFailedScore } from './whole-score.ts';

export interface Outcome {
  /** The very same object when the event changed nothing. */
  readonly state: SweepState;
  readonly decisions: readonly Decision[];
}

/** @param now ISO timestamp of the event */
export function decide(before: SweepState, event: SweepEvent, now: string, chooser: Chooser): Outcome {
  const steps = decisionSteps(before, event, now, chooser);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * The same in small steps, between which the caller may let its event loop go on: a thousand trials may begin with
 * one event, and a sampler may have to think about each.
 */
export async function decideStepwise(
  before: SweepState,
  event: SweepEvent,
  now: string,
  chooser: Chooser,
  betweenSteps: () => Promise<void>,
): Promise<Outcome> {
  const steps = decisionSteps(before, event, now, chooser);
  for (;;) {
    const { done, value } = steps.next();
    await betweenSteps();
    if (done) return value;
  }
}

/** Yields nothing but the chance to do something else, once for each trial that begins. */
function* decisionSteps(
  before: SweepState,
  event: SweepEvent,
  now: string,
  chooser: Chooser,
): Generator<undefined, Outcome> {
  const decisions: Decision[] = [];
  const changed = apply(before, event, now, chooser, decisions);
  if (changed === before) return { state: before, decisions };
  const totalled = event.type === 'epoch-committed' ? withEpochTotal(changed, event.trialId) : changed;
  // A score starts nothing, so a budget that is spent meanwhile is no reason for the end.
  const isScore = event.type === 'epoch-scored' || event.type === 'score-failed';
  const counted = isScore ? totalled : withinBudget(totalled, event, now);
  const started = yield* startNext(counted, now, chooser, decisions);
  return { state: withCounts(started, now), decisions };
}

/** When the budget is spent, nothing more starts: neither another trial nor another epoch of the event's own. */
function withinBudget(state: SweepState, event: SweepEvent, now: string): SweepState {
  const { sweep, trials } = state;
  const ending = sweep.ending ?? spentBudget(sweep, now);
  if (ending === undefined) return state;
  const reporter = event.type === 'epoch-committed' ? trialWith(trials, event.trialId) : undefined;
  const after = { ...state, sweep: { ...sweep, ending } };
  if (reporter?.state !== 'running') return after;
  return replaced(after, { ...reporter, state: 'pruned', reason: ending, endedAt: now });
}

function apply(
  state: SweepState,
  event: SweepEvent,
  now: string,
  chooser: Chooser,
  decisions: Decision[],
): SweepState {
  const { sweep } = state;
  switch (event.type) {
    case 'dataset-ready':
      if (sweep.state !== 'preparing') return state;
      return withTrialsByHand(
        {
          ...state,
          sweep: {
            ...sweep,
            state: 'running',
            dataset: event.dataset,
            startedAt: now,
            ...(event.earlier ? { earlier: event.earlier } : {}),
          },
        },
        sweep.spec.trialsByHand,
      );
    case 'sweep-failed':
      if (hasEnded(sweep.state)) return state;
      // All trials have ended: what fails now costs the score alone.
      return isScoring(state) ? withFailedScore(state, event.reason) : failed(state, event.reason, now);
    case 'epoch-committed':
      return withTrial(state, event.trialId, event.epoch.epoch, (trial) => {
        const longer = withEpoch(trial, event.epoch);
        const ended = endedBy(longer, now);
        if (ended) return replaced(state, ended);
        const seen = replaced(state, longer);
        const verdict = chooser.verdict(seen, longer);
        decisions.push({ type: 'verdict', trialId: trial.id, ...verdict });
        // Of the list that the pruner saw: what it found out about all trials is taken over.
        return replaced(seen, judged(longer, verdict, now));
      });
    case 'epoch-failed': {
      const lost = event.kind === 'Unavailable';
      return withTrial(state, event.trialId, event.epoch, (trial) =>
        replaced(state, {
          ...trial,
          state: lost ? 'lost' : 'failed',
          reason: event.reason,
          retryable: true,
          endedAt: now,
        }),
      );
    }
    case 'epoch-scored':
    case 'score-failed':
      return afterScore(state, event);
    case 'time-passed':
      if (
        hasEnded(sweep.state) ||
        isScoring(state) ||
        sweep.ending !== undefined ||
        spentBudget(sweep, now) === undefined
      )
        return state;
      return { ...state };
    default:
      return afterRequest(state, event, now);
  }
}

/** What comes of the trial if it waits for just this epoch, also in a sweep that is paused by now; else the same state. */
function withTrial(
  state: SweepState,
  trialId: string,
  epoch: number,
  change: (trial: TrialView) => SweepState,
): SweepState {
  if (hasEnded(state.sweep.state)) return state;
  const trial = trialWith(state.trials, trialId);
  if (trial?.state !== 'running' || trial.epochs.length + 1 !== epoch) return state;
  return change(trial);
}

function replaced(state: SweepState, trial: TrialView): SweepState {
  return { ...state, trials: withReplaced(state.trials, trial) };
}

/** Starts what may run at once: trials that wait, then those that earned it, then new ones of the sampler. */
function* startNext(
  state: SweepState,
  now: string,
  chooser: Chooser,
  decisions: Decision[],
): Generator<undefined, SweepState> {
  if (state.sweep.state !== 'running' || state.sweep.ending !== undefined) return state;
  const { running } = countsOf(state.trials);
  for (let free = state.sweep.spec.concurrency - running; free > 0; free -= 1) {
    const next = withNextTrial(state, now, chooser, decisions);
    if (!next) return state;
    state = next;
    yield;
  }
  return state;
}

function withNextTrial(
  state: SweepState,
  now: string,
  chooser: Chooser,
  decisions: Decision[],
): SweepState | undefined {
  const { sweep, trials } = state;
  const start = ({ reason, endedAt, ...trial }: TrialView): TrialView => ({
    ...trial,
    state: 'running',
    startedAt: trial.startedAt ?? now,
  });
  const { pending, paused } = countsOf(trials);
  const waiting = pending > 0 ? trials.find((trial) => trial.state === 'pending') : undefined;
  if (waiting) return replaced(state, start(waiting));
  const promoted = paused > 0 ? chooser.promotion(state) : undefined;
  if (promoted) {
    const trial = trialWith(trials, promoted.trialId);
    if (trial?.state === 'paused') {
      decisions.push({ ...promoted, type: 'promoted' });
      return replaced(state, start(trial));
    }
  }
  const hyperparameters = sweep.asked < sweep.samplerTrials ? chooser.ask(state, sweep.asked) : undefined;
  if (!hyperparameters || sweep.dataset === undefined) return undefined;
  const number = trials.length + 1;
  const id = trialIdOf(sweep.id, number);
  const config = trialConfigOf(sweep.spec, number, { hyperparameters }, sweep.dataset);
  decisions.push({ type: 'asked', trialId: id, hyperparameters });
  const trial: TrialView = { id, sweepId: sweep.id, number, state: 'pending', config, epochs: [] };
  return { sweep: { ...sweep, asked: sweep.asked + 1 }, trials: withAdded(trials, start(trial)) };
}
