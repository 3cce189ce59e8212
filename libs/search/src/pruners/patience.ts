/** Stops a trial that has not improved on itself for so many epochs (early stopping); looks at no other trial. */
import { type Pruner } from './pruner.ts';
import { shown } from './rung.ts';
import { goOn } from './verdicts.ts';

export const patiencePruner: Pruner<'patience'> = (settings, _plan, own) => {
  const { epochs: patience, minDelta } = settings;
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
};
