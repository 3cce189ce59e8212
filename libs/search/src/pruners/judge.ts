/**
 * Whether a trial goes on after an epoch: a pure function of what had been reported when the decision was
 * made, so the same decision can be made again from the records. A slower trial that reaches a rung later
 * meets whoever is there by then; decisions are not taken back.
 */
import { Bug, type PrunerSettings } from '@honyaku/contracts';
import { ashaPruner, promote, type Promotion } from './asha.ts';
import { hyperbandPruner } from './hyperband.ts';
import { medianPruner } from './median.ts';
import { patiencePruner } from './patience.ts';
import { pbtPruner } from './pbt.ts';
import { judgedOf, type ReportedTrial, type Pruner, type PruningPlan, type Verdict } from './pruner.ts';
import { goOn } from './verdicts.ts';

type Type = PrunerSettings['type'];

const pruners: { readonly [T in Type]: Pruner<T> } = {
  none: (_settings, _plan, own) => goOn(own, 'epochs', 'the sweep prunes no trial'),
  median: medianPruner,
  asha: ashaPruner,
  hyperband: hyperbandPruner,
  patience: patiencePruner,
  pbt: pbtPruner,
};

/**
 * What becomes of trial number `trial` after the last of its reports. Its last epoch is never judged.
 * @param trials all trials with what they had reported by then, in any order, `trial` among them
 */
export function judge(
  settings: PrunerSettings,
  plan: PruningPlan,
  trial: number,
  trials: readonly ReportedTrial[],
): Verdict {
  const reported = trials.find(({ number }) => number === trial);
  const own = reported && judgedOf(reported);
  if (!own) throw new Bug(`trial ${trial} is judged without a report of its own`);
  if (own.last.epoch >= plan.maxEpochs)
    return goOn(own, 'unit' in settings ? settings.unit : 'epochs', `the last of ${plan.maxEpochs} epochs`);
  return byType(settings.type, settings, plan, own, trials);
}

/**
 * Which paused trial goes on now, with its evidence; undefined when none may or the pruner pauses none. Ask
 * again until it says so: one promotion leaves the next as it was.
 * @param isPaused whether a trial, by its number, waits; all others count as gone on
 * @param isLast whether no trial runs or is still to start
 */
export function promotable(
  settings: PrunerSettings,
  trials: readonly ReportedTrial[],
  isPaused: (trial: number) => boolean,
  isLast: boolean,
): Promotion | undefined {
  if (settings.type !== 'asha' || settings.mode !== 'promotion') return undefined;
  return promote(settings, trials, isPaused, isLast);
}

function byType<T extends Type>(type: T, ...judged: Parameters<Pruner<T>>): Verdict {
  return pruners[type](...judged);
}
