/** The sweep's row brought up to date with its trials. */
import { type TrialView } from '@honyaku/contracts';
import { hasEnded } from './end-states.ts';
import { type SweepRow, type SweepState, changedTrials } from './sweep-state.ts';
import { countsOf } from './trial-list.ts';

/** Adds up the epochs that trials have gained since `before`, and keeps the best of them. */
export function withEpochTotals(before: SweepState, { sweep, trials }: SweepState): SweepState {
  let { best, epochsDone, workerSeconds } = sweep;
  for (const trial of changedTrials(before, { sweep, trials })) {
    const known = before.trials[trial.number - 1]?.epochs.length ?? 0;
    for (const { epoch, train, heldOut } of trial.epochs.slice(known)) {
      epochsDone += 1;
      workerSeconds += train.seconds + heldOut.seconds;
      if (Number.isFinite(heldOut.perplexity) && !(best && best.heldOut.perplexity <= heldOut.perplexity))
        best = { trialId: trial.id, epoch, heldOut };
    }
  }
  return { trials, sweep: { ...sweep, epochsDone, workerSeconds, ...(best ? { best } : {}) } };
}

/** Counts trials by state, and ends the sweep when nothing runs though it could. */
export function withCounts({ sweep, trials }: SweepState, now: string): SweepState {
  const idle = sweep.state === 'running' && countsOf(trials).running === 0;
  const after = idle ? trials.map((trial) => withoutMore(trial, sweep.ending, now)) : trials;
  const counts = countsOf(after);
  const ended = idle ? outcomeOf(sweep, after, counts.completed + counts.pruned > 0) : sweep;
  const over = hasEnded(ended.state);
  const unasked = sweep.samplerTrials - sweep.asked;
  return {
    trials: after,
    sweep: {
      ...ended,
      trials: {
        ...counts,
        planned: trials.length + unasked,
        pending: counts.pending + (over ? 0 : unasked),
      },
      ...(over ? { endedAt: sweep.endedAt ?? now } : {}),
    },
  };
}

/** Nothing runs and nothing may start: the sweep has ended. */
function outcomeOf(sweep: SweepRow, trials: readonly TrialView[], good: boolean): SweepRow {
  if (good) {
    const { ending } = sweep;
    return { ...sweep, state: 'completed', ...(ending === undefined ? {} : { reason: ending }) };
  }
  const first = trials.find(({ reason }) => reason !== undefined);
  return {
    ...sweep,
    state: 'failed',
    reason: `every trial failed; the first: ${first?.reason ?? 'no reason known'}`,
  };
}

/** A trial that waited for more epochs, or for its start, when the sweep ended. */
function withoutMore(trial: TrialView, ending: string | undefined, now: string): TrialView {
  if (trial.state === 'paused') return { ...trial, state: 'pruned', endedAt: now };
  if (trial.state !== 'pending') return trial;
  return {
    ...trial,
    state: 'cancelled',
    ...(ending === undefined ? {} : { reason: ending }),
    endedAt: now,
  };
}
