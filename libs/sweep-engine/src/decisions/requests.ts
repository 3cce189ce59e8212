/** What requests by people make of a sweep. Whether they are allowed was checked before the event was made. */
import { type SweepEvent, type TrialView, trialIdOf } from '@honyaku/contracts';
import { plannedBySampler, trialConfigOf } from '../plan/plan.ts';
import { type SweepRow, type SweepState, hasEnded } from '../state/sweep-state.ts';
import { trialWith, withReplaced } from '../state/trial-list.ts';
import { pausedText } from './trial-epochs.ts';
import { withoutOutcome } from './whole-score.ts';

type Request = Extract<
  SweepEvent,
  { type: 'paused' | 'resumed' | 'cancelled' | 'failed-retried' | 'extended' | 'trials-added' | 'pinned' }
>;

/** The same object when there is nothing to change. */
export function afterRequest(state: SweepState, request: Request, now: string): SweepState {
  const { sweep, trials } = state;
  switch (request.type) {
    case 'paused':
      return sweep.state === 'running' ? { ...state, sweep: { ...sweep, state: 'paused' } } : state;
    case 'resumed':
      return sweep.state === 'paused' ? { ...state, sweep: { ...sweep, state: 'running' } } : state;
    case 'cancelled':
      return hasEnded(sweep.state) ? state : cancelled(state, now);
    case 'failed-retried': {
      if (!hasRetries(state)) return state;
      return reopened(
        sweep,
        trials.map((trial) => (canRetry(trial) ? pending(trial) : trial)),
      );
    }
    case 'extended':
      return extended(state, request);
    case 'pinned':
      return pinned(state, request);
    case 'trials-added':
      return withTrialsByHand(state, request.trials);
  }
}

/** Failed or lost, and not because of what it is. */
export function canRetry({ state, retryable }: TrialView): boolean {
  return (state === 'failed' || state === 'lost') && retryable === true;
}

/** Whether there is anything to retry: trials, or the score of the whole held-out set. */
export function hasRetries({ sweep, trials }: SweepState): boolean {
  return trials.some(canRetry) || sweep.best?.wholeScore?.state === 'failed';
}

function cancelled({ sweep, trials }: SweepState, now: string): SweepState {
  return {
    sweep: { ...sweep, state: 'cancelled' },
    trials: trials.map((trial) =>
      ['pending', 'running', 'paused'].includes(trial.state)
        ? {
            ...trial,
            state: 'cancelled',
            ...(trial.state === 'paused'
              ? { reason: `${pausedText(trial)} when the sweep was cancelled` }
              : {}),
            endedAt: now,
          }
        : trial,
    ),
  };
}

function extended(
  { sweep, trials }: SweepState,
  { extension, earlier = [] }: Extract<Request, { type: 'extended' }>,
): SweepState {
  const { trials: wanted, epochs: longer, parameters } = extension;
  const spec = {
    ...sweep.spec,
    trials: Math.max(wanted ?? 0, sweep.spec.trials),
    epochs: Math.max(longer ?? 0, sweep.spec.epochs),
    parameters: parameters ?? sweep.spec.parameters,
  };
  const samplerTrials = Math.max(sweep.asked, plannedBySampler(spec));
  const lengthened = trials.map((trial) =>
    trial.config.epochs >= spec.epochs || trial.state === 'pruned'
      ? trial
      : {
          ...(trial.state === 'completed' ? pending(trial) : trial),
          config: { ...trial.config, epochs: spec.epochs },
        },
  );
  const known = [...(sweep.earlier ?? []), ...earlier];
  const learnt = known.length === 0 ? {} : { earlier: known };
  return reopened({ ...sweep, spec, samplerTrials, ...learnt }, lengthened);
}

/** With trials that wait for their start. */
export function withTrialsByHand(
  { sweep, trials }: SweepState,
  added: Extract<Request, { type: 'trials-added' }>['trials'],
): SweepState {
  const { dataset } = sweep;
  if (dataset === undefined) return { sweep, trials };
  const more = added.map((wanted, index): TrialView => {
    const number = trials.length + 1 + index;
    const config = trialConfigOf(sweep.spec, number, wanted, dataset);
    return {
      id: trialIdOf(sweep.id, number),
      sweepId: sweep.id,
      number,
      state: 'pending',
      config,
      epochs: [],
    };
  });
  return reopened(sweep, [...trials, ...more]);
}

function pinned(
  state: SweepState,
  { trialId, epoch, pinned: wanted }: Extract<Request, { type: 'pinned' }>,
): SweepState {
  const trial = trialWith(state.trials, trialId);
  const before = trial?.pinned ?? [];
  if (!trial || before.includes(epoch) === wanted) return state;
  const after = wanted ? [...before, epoch] : before.filter((each) => each !== epoch);
  return { ...state, trials: withReplaced(state.trials, { ...trial, pinned: after }) };
}

/** An ended sweep goes on; its budget counts from its beginning. */
function reopened({ endedAt, reason, ending, ...sweep }: SweepRow, trials: readonly TrialView[]): SweepState {
  const over = sweep.state === 'completed' || sweep.state === 'failed';
  const row = { ...sweep, state: over ? ('running' as const) : sweep.state };
  return { sweep: withoutOutcome(row, 'failed'), trials };
}

function pending({ reason, endedAt, retryable, ...trial }: TrialView): TrialView {
  return { ...trial, state: 'pending' };
}
