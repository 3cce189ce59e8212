/** Early stopping: ends a trial that has not improved on itself for so many epochs; looks at no other trial. */
import { type SweepSpec } from '@honyaku/contracts';
import { type Judged, type PrunerOf, type PrunerVerdict, type SettingsOf } from './pruner.ts';
import { goOn, shown } from './rung.ts';
import { mostJudged, noteNever } from './without-effect.ts';

export const earlyStoppingPruner: PrunerOf<'early-stopping'> = (settings) => ({
  judge: (own) => judge(settings, own),
  notes: (sweep) => notes(settings, sweep),
});

/** The first epoch is the best so far, unless the trial has diverged. */
function notes({ epochs }: SettingsOf<'early-stopping'>, sweep: SweepSpec): readonly string[] {
  if (1 + epochs <= mostJudged(sweep, 'epochs')) return [];
  return [noteNever(sweep, `there is no room for ${epochs} epochs without improvement before the last`)];
}

function judge({ epochs: patience, minDelta }: SettingsOf<'early-stopping'>, own: Judged): PrunerVerdict {
  let best = Infinity;
  let bestEpoch = 0;
  for (const { epoch, value } of own.reports) {
    // The first finite value is an improvement whatever minDelta is: ∞ - minDelta is ∞.
    if (Number.isFinite(value) && value < best - minDelta) {
      best = value;
      bestEpoch = epoch;
    }
  }
  const waited = own.last.epoch - bestEpoch;
  if (waited === 0) return goOn(own, 'epochs', 'the best so far');
  const since = bestEpoch === 0 ? 'none yet' : `the best is ${shown(best)} at epoch ${bestEpoch}`;
  const verdict = goOn(own, 'epochs', `${since}, ${waited} of ${patience} epochs without improvement`);
  return waited < patience ? verdict : { ...verdict, action: 'stop' };
}
