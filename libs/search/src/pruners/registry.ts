/** The pruner of a sweep, by the `type` in its settings. */
import { Bug, type PrunerSettings, type SweepSpec } from '@honyaku/contracts';
import { ashaPruner } from './asha.ts';
import { earlyStoppingPruner } from './early-stopping.ts';
import { hyperbandPruner } from './hyperband.ts';
import { medianPruner } from './median.ts';
import { pbtPruner } from './pbt.ts';
import {
  judgedOf,
  type PrunedSweep,
  type Pruner,
  type PrunerOf,
  type PrunerVerdict,
  type ReportedTrial,
} from './pruner.ts';
import { goOn } from './rung.ts';

const pruners: { readonly [Type in PrunerSettings['type']]: PrunerOf<Type> } = {
  none: () => ({ judge: (own) => goOn(own, 'epochs', 'the sweep prunes no trial') }),
  median: medianPruner,
  asha: ashaPruner,
  hyperband: hyperbandPruner,
  'early-stopping': earlyStoppingPruner,
  pbt: pbtPruner,
};

type Settings = PrunedSweep & Pick<SweepSpec, 'pruner'>;

export function prunerOf(sweep: Settings): Pruner {
  return madeBy(sweep.pruner.type, sweep.pruner, sweep);
}

/**
 * What becomes of trial number `trial` after the last of its reports: a pure function of what had been reported when
 * the decision was made. A slower trial that reaches a rung later meets whoever is there by then; decisions are not
 * taken back. A trial's last epoch is never judged.
 * @param trials all trials with what they had reported by then, in any order, `trial` among them
 */
export function judge(sweep: Settings, trial: number, trials: readonly ReportedTrial[]): PrunerVerdict {
  const reported = trials.find(({ number }) => number === trial);
  const own = reported && judgedOf(reported);
  if (!own) throw new Bug(`trial ${trial} is judged without a report of its own`);
  const { pruner, epochs } = sweep;
  if (own.last.epoch >= epochs)
    return goOn(own, 'unit' in pruner ? pruner.unit : 'epochs', `the last of ${epochs} epochs`);
  return prunerOf(sweep).judge(own, trials);
}

function madeBy<Type extends PrunerSettings['type']>(
  type: Type,
  ...settings: Parameters<PrunerOf<Type>>
): Pruner {
  return pruners[type](...settings);
}
