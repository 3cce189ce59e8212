/**
 * The score of the whole test set, for sweeps whose evaluations translate a sample of it or are of a dev set: once all
 * trials have ended, the sweep waits until its best epoch is scored, or cannot be.
 */
import { type BestEpoch, type SweepEvent, hasDevSet, isSameEpoch } from '@honyaku/contracts';
import { type SweepRow, type SweepState, hasEnded } from '../state/sweep-state.ts';
import { countsOf } from '../state/trial-list.ts';

type ScoreOutcome = Extract<SweepEvent, { type: 'epoch-scored' | 'score-failed' }>;

/** A sweep whose trials have ended, with the score of its best epoch pending unless there is none to wait for. */
export function withScorePending(sweep: SweepRow): SweepRow {
  const { best, spec } = sweep;
  if (!best || best.wholeScore || !isScoreDue(spec, best)) return sweep;
  return { ...sweep, best: { ...best, wholeScore: { state: 'pending' } } };
}

function isScoreDue({ dataset, evaluation }: SweepRow['spec'], { heldOut }: BestEpoch): boolean {
  if (hasDevSet(dataset)) return true;
  // Fewer pairs were translated than were asked for: the test set has no more.
  return evaluation !== undefined && heldOut.translations.sentences >= evaluation.sentences;
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
  const { scores, losses, seconds } = event;
  const scored = losses
    ? { test: { ...losses, translations: scores, seconds } }
    : { heldOut: { ...best.heldOut, translations: scores } };
  return {
    ...state,
    sweep: {
      ...sweep,
      workerSeconds: sweep.workerSeconds + seconds,
      best: { ...best, ...scored, wholeScore: { state: 'done' } },
    },
  };
}

/** The best epoch keeps the scores that its evaluation gave it. */
export function withFailedScore({ sweep, trials }: SweepState, reason: string): SweepState {
  const { best } = sweep;
  if (!best) return { sweep, trials };
  return { trials, sweep: { ...sweep, best: { ...best, wholeScore: { state: 'failed', reason } } } };
}

/** Why there is no score of the whole set, as a part of the reason for which the sweep has ended. */
export function failedScoreText({ best, spec }: SweepRow): string | undefined {
  const score = best?.wholeScore;
  if (score?.state !== 'failed') return undefined;
  return `the ${hasDevSet(spec.dataset) ? 'test set' : 'whole held-out set'} was not scored: ${score.reason}`;
}

/** Without a score that has failed, which is then tried again, or that the sweep no longer waits for. */
export function withoutOutcome(sweep: SweepRow, dropped: 'pending' | 'failed'): SweepRow {
  const { best } = sweep;
  if (best?.wholeScore?.state !== dropped) return sweep;
  const { wholeScore, ...rest } = best;
  return { ...sweep, best: rest };
}
