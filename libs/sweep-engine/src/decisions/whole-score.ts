/**
 * The score of the whole held-out set, for sweeps whose evaluations translate a sample of it: once all trials have ended,
 * the sweep waits until its best epoch is scored, or cannot be.
 */
import { type SweepEvent, isSameEpoch } from '@honyaku/contracts';
import { type SweepRow, type SweepState, hasEnded } from '../state/sweep-state.ts';
import { countsOf } from '../state/trial-list.ts';

type ScoreOutcome = Extract<SweepEvent, { type: 'epoch-scored' | 'score-failed' }>;

/** A sweep whose trials have ended, with the score of its best epoch pending unless there is none to wait for. */
export function withScorePending(sweep: SweepRow): SweepRow {
  const { best, spec } = sweep;
  if (!best || best.wholeScore || !spec.evaluation) return sweep;
  // Fewer pairs were translated than were asked for: the held-out set has no more.
  if (best.heldOut.translations.sentences < spec.evaluation.sentences) return sweep;
  return { ...sweep, best: { ...best, wholeScore: { state: 'pending' } } };
}

/** Whether the sweep waits for the score of its best epoch, whatever its trials do. */
export function awaitsScore({ best }: Pick<SweepRow, 'best'>): boolean {
  return best?.wholeScore?.state === 'pending';
}

/** Whether it waits for that alone. */
export function isScoring({ sweep, trials }: SweepState): boolean {
  const { running, pending, paused } = countsOf(trials);
  return awaitsScore(sweep) && running + pending + paused === 0;
}

/** The same object unless the outcome is the one that the sweep waits for, also if it is paused by now. */
export function afterScore(state: SweepState, event: ScoreOutcome): SweepState {
  const { sweep } = state;
  const { best } = sweep;
  if (hasEnded(sweep.state) || !best || !awaitsScore(sweep) || !isSameEpoch(best, event)) return state;
  if (event.type === 'score-failed') return withFailedScore(state, event.reason);
  const { scores, seconds } = event;
  const heldOut = { ...best.heldOut, translations: scores };
  return {
    ...state,
    sweep: {
      ...sweep,
      workerSeconds: sweep.workerSeconds + seconds,
      best: { ...best, heldOut, wholeScore: { state: 'done' } },
    },
  };
}

/** The best epoch keeps the scores of the sample. */
export function withFailedScore({ sweep, trials }: SweepState, reason: string): SweepState {
  const { best } = sweep;
  if (!best) return { sweep, trials };
  return { trials, sweep: { ...sweep, best: { ...best, wholeScore: { state: 'failed', reason } } } };
}

/** Why there is no score of the whole set, as a part of the reason for which the sweep has ended. */
export function failedScoreText({ best }: SweepRow): string | undefined {
  const score = best?.wholeScore;
  return score?.state === 'failed' ? `the whole held-out set was not scored: ${score.reason}` : undefined;
}

/** Without a score that has failed, which is then tried again, or that the sweep no longer waits for. */
export function withoutOutcome(sweep: SweepRow, dropped: 'pending' | 'failed'): SweepRow {
  const { best } = sweep;
  if (best?.wholeScore?.state !== dropped) return sweep;
  const { wholeScore, ...rest } = best;
  return { ...sweep, best: rest };
}
