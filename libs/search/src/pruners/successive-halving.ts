/** The stopping form of asynchronous successive halving, at one rung. */
import { type ReportedTrial, type Judged, type Verdict } from './pruner.ts';
import { shown, standingAt, type Rung } from './rung.ts';
import { compared } from './verdicts.ts';

/**
 * A trial goes on when it ranks among the best max(1, ⌊n/η⌋) of the n that have reached the rung so far,
 * itself included, else it stops; so with fewer than η it goes on when it is the best so far. This is the rule
 * of Optuna's SuccessiveHalvingPruner but for equal values. What is not finite stops.
 */
export function halve(
  rung: Rung,
  reductionFactor: number,
  own: Judged,
  trials: readonly ReportedTrial[],
): Verdict {
  const standing = standingAt(rung, own, trials);
  const kept = Math.max(1, Math.floor(standing.of / reductionFactor));
  const cutOff = standing.ofRank(kept);
  const finite = Number.isFinite(own.last.value);
  const action = standing.rank <= kept && finite ? 'continue' : 'stop';
  const tie = finite && action === 'stop' && own.last.value === cutOff ? ', which an earlier trial has' : '';
  const clause = `the best ${kept} go on; the cut-off is ${shown(cutOff)}${tie}`;
  return { action, ...compared(rung, own, standing, clause, cutOff) };
}
