/**
 * Asynchronous successive halving (Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning",
 * arXiv 1810.05934). Rungs are at minResource × reductionFactor^k. In mode `stopping` a trial that reaches a
 * rung stops there or goes on at once (as in Ray and Optuna); in mode `promotion` it pauses until it is promoted
 * (algorithm 2 of the paper).
 *
 * The paper's last rung is where training ends; here that is the trial's last epoch, where nobody is judged.
 * An epoch that reaches several rungs is judged at the highest.
 */
import {
  judgedOf,
  type ReportedTrial,
  type Evidence,
  type Judged,
  type Pruner,
  type SettingsOf,
} from './pruner.ts';
import { newlyReached, reportAt, resourceOf, shown, standingAt } from './rung.ts';
import { halve } from './successive-halving.ts';
import { compared, goOn } from './verdicts.ts';

export const ashaPruner: Pruner<'asha'> = (settings, _plan, own, trials) => {
  const { unit, mode, graceEpochs, reductionFactor } = settings;
  if (own.last.epoch <= graceEpochs) return goOn(own, unit, 'not judged in the grace');
  const at = newlyReached(rungsUpTo(settings, resourceOf(own.last, unit)), unit, own);
  if (at === undefined) return goOn(own, unit, 'reaches no rung');
  const rung = { at, unit };
  if (mode === 'stopping') return halve(rung, reductionFactor, own, trials);
  const standing = standingAt(rung, own, trials);
  return { action: 'pause', ...compared(rung, own, standing, 'waits for its promotion') };
};

/** A paused trial that may go on, and why; `epoch` is the one that it paused after. */
export type Promotion = Evidence & { readonly number: number };

/**
 * Which paused trial goes on: from the highest rung down, the best that waits there and ranks among the best
 * ⌊n/η⌋ of the n that have reached its rung, those that went on included. As in the paper a trial that went
 * on early may be outranked later, so in all somewhat more than ⌊n/η⌋ may go on. What is not finite never
 * does. Undefined when none may; then only a new trial at a rung can change that.
 *
 * Where fewer than η trials are all that ever reach the lowest rung, nobody would be among them: there the best
 * goes on alone, once nothing more can come.
 *
 * @param isLast whether no trial runs or is still to start
 */
export function promote(
  settings: SettingsOf<'asha'>,
  trials: readonly ReportedTrial[],
  isPaused: (trial: number) => boolean,
  isLast: boolean,
): Promotion | undefined {
  const { unit, reductionFactor, minResource } = settings;
  const lowest = { at: minResource, unit };
  const fewest = isLast && trials.filter((each) => reportAt(lowest, each)).length < reductionFactor ? 1 : 0;
  const bestWaiting = new Map<number, Judged>();
  for (const trial of trials) {
    if (!isPaused(trial.number)) continue;
    const own = judgedOf(trial);
    if (!own || !Number.isFinite(own.last.value)) continue;
    const at = rungsUpTo(settings, resourceOf(own.last, unit)).at(-1);
    if (at === undefined) continue;
    const best = bestWaiting.get(at);
    if (!best || isBetter(own, best)) bestWaiting.set(at, own);
  }
  for (const [at, best] of [...bestWaiting].sort(([a], [b]) => b - a)) {
    const rung = { at, unit };
    const standing = standingAt(rung, best, trials);
    const kept = Math.max(fewest, Math.floor(standing.of / reductionFactor));
    if (standing.rank > kept) continue;
    const cutOff = standing.ofRank(kept);
    const clause = `the best ${kept} go on; the cut-off is ${shown(cutOff)}`;
    return { number: best.number, ...compared(rung, best, standing, clause, cutOff) };
  }
  return undefined;
}

/** minResource × reductionFactor^k, ascending, as far as `resource`. */
function rungsUpTo({ minResource, reductionFactor }: SettingsOf<'asha'>, resource: number): number[] {
  const rungs: number[] = [];
  for (let rung = minResource; rung <= resource; rung *= reductionFactor) rungs.push(rung);
  return rungs;
}

function isBetter(a: Judged, b: Judged): boolean {
  return a.last.value < b.last.value || (a.last.value === b.last.value && a.number < b.number);
}
