/** The sweep's row brought up to date with its trials: totals, the best epoch, the budget, the end. */
import { Bug, type TrialId, type TrialView, isBetter } from '@honyaku/contracts';
import { noneAllowed } from '@honyaku/search';
import { searchPlanOf } from '../plan/plan.ts';
import { type SweepRow, type SweepState, hasEnded } from '../state/sweep-state.ts';
import { countsOf, trialWith } from '../state/trial-list.ts';
import { divergence, pausedText } from './trial-epochs.ts';
import { awaitsScore, failedScoreText, withScorePending, withoutOutcome } from './whole-score.ts';

/** Adds the newest epoch of the trial to the sweep's totals, and keeps it if it is the best and has not diverged. */
export function withEpochTotal({ sweep, trials }: SweepState, trialId: TrialId): SweepState {
  const newest = trialWith(trials, trialId)?.epochs.at(-1);
  if (!newest) throw new Bug(`${trialId} has no epoch to be counted`);
  const { epoch, train, heldOut } = newest;
  return {
    trials,
    sweep: {
      ...sweep,
      epochsDone: sweep.epochsDone + 1,
      workerSeconds: sweep.workerSeconds + train.seconds + heldOut.seconds,
      ...(isBetter(heldOut, sweep.best?.heldOut) && divergence(newest) === undefined
        ? { best: { trialId, epoch, heldOut } }
        : {}),
    },
  };
}

/** Which part of the sweep's budget is spent, as a sentence; undefined while none is. @param now ISO timestamp */
export function spentBudget(
  { spec: { budget }, epochsDone, workerSeconds, startedAt }: SweepRow,
  now: string,
): string | undefined {
  if (budget.epochs !== undefined && epochsDone >= budget.epochs)
    return `the budget of ${budget.epochs} epochs is spent`;
  if (budget.workerHours !== undefined && workerSeconds >= budget.workerHours * 3600)
    return `the budget of ${budget.workerHours} worker-hours is spent`;
  const running = startedAt === undefined ? 0 : Date.parse(now) - Date.parse(startedAt);
  if (budget.hours !== undefined && running >= budget.hours * 3_600_000)
    return `the budget of ${budget.hours} hours is spent`;
  return undefined;
}

/** Counts trials by state, and ends the sweep when nothing runs though it could and no score is awaited. */
export function withCounts({ sweep, trials }: SweepState, now: string): SweepState {
  const idle = sweep.state === 'running' && countsOf(trials).running === 0;
  const after = idle ? trials.map((trial) => withoutMore(trial, sweep.ending, now)) : trials;
  const counts = countsOf(after);
  const ended = idle ? outcomeOf(sweep, after, counts.completed + counts.pruned > 0) : sweep;
  const over = hasEnded(ended.state);
  const startsNothing = idle || over;
  const unasked = sweep.samplerTrials - sweep.asked;
  return {
    trials: after,
    sweep: {
      ...(over ? withoutOutcome(ended, 'pending') : ended),
      trials: {
        ...counts,
        planned: trials.length + unasked,
        pending: counts.pending + (startsNothing ? 0 : unasked),
      },
      ...(over ? { endedAt: sweep.endedAt ?? now } : {}),
    },
  };
}

/** The sweep as it ends when it cannot go on; what ran can be tried again. */
export function failed({ sweep, trials }: SweepState, reason: string, now: string): SweepState {
  return {
    sweep: { ...sweep, state: 'failed', reason },
    trials: trials.map((trial) =>
      trial.state === 'running'
        ? { ...trial, state: 'failed', reason, retryable: true, endedAt: now }
        : withoutMore(trial, reason, now),
    ),
  };
}

/** Nothing runs and nothing may start: the sweep has ended, or waits for the score of its best epoch. */
function outcomeOf(sweep: SweepRow, trials: readonly TrialView[], good: boolean): SweepRow {
  if (good) {
    const scored = withScorePending(sweep);
    if (awaitsScore(scored)) return scored;
    const reasons = [sweep.ending ?? whyFewer(sweep), failedScoreText(sweep)].filter(
      (reason) => reason !== undefined,
    );
    return { ...sweep, state: 'completed', ...(reasons.length === 0 ? {} : { reason: reasons.join('; ') }) };
  }
  const first = trials.find(({ reason }) => reason !== undefined);
  const reason =
    trials.length === 0
      ? `there was no trial to start: ${noneAllowed(searchPlanOf(sweep.spec), 'that was drawn')}`
      : `every trial failed; the first: ${first?.reason ?? 'no reason known'}`;
  return { ...sweep, state: 'failed', reason };
}

/** Why a sweep that could go on has fewer trials than were asked for; undefined where it has them all. */
function whyFewer({ spec, asked, samplerTrials }: SweepRow): string | undefined {
  if (asked >= samplerTrials) return undefined;
  const which = `of the draws for trial ${asked + 1} of ${samplerTrials}`;
  return `no more trials could be started: ${noneAllowed(searchPlanOf(spec), which)}`;
}

/** A trial that waited for more epochs, or for its start, when the sweep ended. */
function withoutMore(trial: TrialView, ending: string | undefined, now: string): TrialView {
  if (trial.state === 'paused') {
    const reason = `${pausedText(trial)} and was not promoted before the sweep ended`;
    return {
      ...trial,
      state: 'pruned',
      reason: ending === undefined ? reason : `${reason}: ${ending}`,
      endedAt: now,
    };
  }
  if (trial.state !== 'pending') return trial;
  return {
    ...trial,
    state: 'cancelled',
    ...(ending === undefined ? {} : { reason: ending }),
    endedAt: now,
  };
}
