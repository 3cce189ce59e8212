/**
 * The exploit step of population based training (Jaderberg et al. 2017, arXiv 1711.09846, truncation selection):
 * every `interval` epochs a trial in the bottom quantile copies one of the top quantile, drawn evenly. The
 * population is whoever has reached that epoch, so the copied checkpoint is of the same epoch. With n of them a
 * quantile is min(⌈n · quantile⌉, ⌊n/2⌋) trials, as in Ray. What is not finite is never copied.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { generatorFor } from '../samplers/generator-for.ts';
import { type ReportedTrial, type Pruner } from './pruner.ts';
import { comparable, reportAt, shown, standingAt, type Rung, type Standing } from './rung.ts';
import { compared, goOn } from './verdicts.ts';

export const pbtPruner: Pruner<'pbt'> = (settings, plan, own, trials) => {
  const { epoch } = own.last;
  if (epoch % settings.interval !== 0) return goOn(own, 'epochs', 'no comparison at this epoch');
  const rung = { at: epoch, unit: 'epochs' } as const;
  const standing = standingAt(rung, own, trials);
  const { rank, of, ofRank } = standing;
  // A part in a billion, so that 5 × 0.2 is one trial even where the product is a little more.
  const size = Math.min(Math.ceil(of * settings.quantile - 1e-9), of >> 1);
  if (size === 0) return { action: 'continue', ...compared(rung, own, standing, 'alone so far') };
  const keeps = of - size;
  const cutOff = ofRank(keeps);
  const best = rank > keeps ? topOf(size, rung, standing, trials) : [];
  const generator = generatorFor(`pbt/${plan.seed}/${own.number}/${epoch}`);
  const from = best.length === 0 ? undefined : best[uniformInt(generator, 0, best.length - 1)];
  const clause = `the last ${size} copy one of the first ${size}; the cut-off is ${shown(cutOff)}`;
  if (from === undefined) return { action: 'continue', ...compared(rung, own, standing, clause, cutOff) };
  return {
    action: 'exploit',
    from,
    ...compared(rung, own, standing, `${clause}; goes on from trial ${from}`, cutOff),
  };
};

/** The numbers, ascending, of the best `size` trials at the rung that have a finite perplexity there. */
function topOf(
  size: number,
  rung: Rung,
  { ofRank }: Standing,
  trials: readonly ReportedTrial[],
): readonly number[] {
  const bound = ofRank(size);
  const better: number[] = [];
  const equal: number[] = [];
  for (const trial of trials) {
    const report = reportAt(rung, trial);
    if (report === undefined || comparable(report.value) === Infinity) continue;
    if (report.value < bound) better.push(trial.number);
    else if (report.value === bound) equal.push(trial.number);
  }
  const ascending = (a: number, b: number) => a - b;
  return [...better, ...equal.sort(ascending).slice(0, size - better.length)].sort(ascending);
}
