/**
 * Asynchronous successive halving (Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning",
 * arXiv 1810.05934). Rungs are at minResource × reductionFactor^k. In mode `stopping` a trial that reaches a
 * rung stops there or goes on at once (as in Ray and Optuna); in mode `promotion` it pauses until it is promoted
 * (algorithm 2 of the paper).
 *
 * The paper's last rung is where training ends; here that is the trial's last epoch, where nobody is judged.
 * An epoch that reaches several rungs is judged at the highest.
 */
import { type SweepSpec } from '@honyaku/contracts';
import {
  judgedOf,
  type Judged,
  type Pruner,
  type PrunerOf,
  type PrunerPromotion,
  type PrunerVerdict,
  type ReportedTrial,
  type SettingsOf,
} from './pruner.ts';
import {
  checkLowestRung,
  compared,
  goOn,
  halve,
  newlyReached,
  reportAt,
  resourceOf,
  shown,
  standingAt,
} from './rung.ts';
import { comparison, mostJudged, noteNever, notesOnTrials } from './without-effect.ts';

type Settings = SettingsOf<'asha'>;

export const ashaPruner: PrunerOf<'asha'> = (settings) => ({
  judge: (own, trials) => judge(settings, own, trials),
  check: (sweep) => checkLowestRung(settings, sweep),
  notes: (sweep, sampled) => notes(settings, sweep, sampled),
  ...(settings.mode === 'promotion' ? promoting(settings) : {}),
});

function promoting(settings: Settings): Required<Pick<Pruner, 'promote'>> {
  return { promote: (trials, isPaused, isLast) => promote(settings, trials, isPaused, isLast) };
}

function judge(settings: Settings, own: Judged, trials: readonly ReportedTrial[]): PrunerVerdict {
  const { unit, mode, graceEpochs, reductionFactor } = settings;
  if (own.last.epoch <= graceEpochs) return goOn(own, unit, 'not judged in the grace');
  const at = newlyReached(rungsUpTo(settings, resourceOf(own.last, unit)), unit, own);
  if (at === undefined) return goOn(own, unit, 'reaches no rung');
  const rung = { at, unit };
  if (mode === 'stopping') return halve(rung, reductionFactor, own, trials);
  const standing = standingAt(rung, own, trials);
  return { action: 'pause', ...compared(rung, own, standing, 'waits for its promotion') };
}

/**
 * Which paused trial goes on: from the highest rung down, the best that waits there and ranks among the best
 * ⌊n/η⌋ of the n that have reached its rung, those that went on included. As in the paper a trial that went
 * on early may be outranked later, so in all somewhat more than ⌊n/η⌋ may go on. What is not finite never
 * does. Where none may, only a new trial at a rung can change that.
 *
 * Where fewer than η trials are all that ever reach the lowest rung, nobody would be among them: there the best
 * goes on alone, once nothing more can come.
 */
function promote(
  settings: Settings,
  trials: readonly ReportedTrial[],
  isPaused: (trial: number) => boolean,
  isLast: boolean,
): PrunerPromotion | undefined {
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
function rungsUpTo({ minResource, reductionFactor }: Settings, resource: number): number[] {
  const rungs: number[] = [];
  for (let rung = minResource; rung <= resource; rung *= reductionFactor) rungs.push(rung);
  return rungs;
}

function isBetter(a: Judged, b: Judged): boolean {
  return a.last.value < b.last.value || (a.last.value === b.last.value && a.number < b.number);
}

function notes(settings: Settings, sweep: SweepSpec, sampled: number): readonly string[] {
  const { unit, minResource, graceEpochs, mode } = settings;
  const most = mostJudged(sweep, unit);
  if (minResource > most)
    return [noteNever(sweep, `minResource (${minResource} ${unit}) is never reached before the last epoch`)];
  const isGraceOver =
    unit === 'epochs'
      ? rungsUpTo(settings, most).some((rung) => rung > graceEpochs)
      : graceEpochs < mostJudged(sweep, 'epochs');
  if (!isGraceOver)
    return [noteNever(sweep, `no rung is between graceEpochs (${graceEpochs}) and the last epoch`)];
  if (mode === 'promotion') return promotionNotes(settings, sweep, sampled);
  return notesOnTrials(sweep, sampled, comparison);
}

/** Promotion wants a whole reduction factor of trials at a rung; with fewer than one the best goes on alone. */
function promotionNotes(
  { unit, minResource, reductionFactor }: Settings,
  { epochs, trialsByHand }: SweepSpec,
  sampled: number,
): string[] {
  let left = sampled + trialsByHand.length;
  if (unit !== 'epochs' || left < reductionFactor) return [];
  for (let rung = minResource; rung < epochs; rung *= reductionFactor) {
    left = Math.floor(left / reductionFactor);
    if (left === 0)
      return [
        `pruner: with so few trials promotion may end at epoch ${rung} of ${epochs}; use more trials or mode stopping`,
      ];
  }
  return [];
}
