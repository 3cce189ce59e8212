/**
 * Population based training (Jaderberg et al. 2017, arXiv 1711.09846): a weak trial goes on from the checkpoint of a
 * strong one (exploit, by truncation selection), with settings somewhat different from its (explore).
 */
import {
  Hyperparameters,
  InvalidInput,
  parseInput,
  perturbableParameters,
  type ParameterRange,
  type SearchSpace,
  type SweepSpec,
  withDefaults,
} from '@honyaku/contracts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { type Generator, generatorFor, drawFrom } from '../samplers/random.ts';
import { atStep, lastStep, inOrder, isActive, type Suggestion, type Value } from '../samplers/space.ts';
import {
  type Judged,
  type PrunedSweep,
  type PrunerOf,
  type PrunerVerdict,
  type ReportedTrial,
  type SettingsOf,
} from './pruner.ts';
import { comparable, compared, goOn, reportAt, shown, standingAt, type Rung, type Standing } from './rung.ts';
import { mostJudged } from './without-effect.ts';

type Settings = SettingsOf<'pbt'>;

export const pbtPruner: PrunerOf<'pbt'> = (settings, sweep) => ({
  judge: (own, trials) => exploit(settings, sweep, own, trials),
  copying: {
    mayFollow: (epoch) => epoch % settings.interval === 0,
    settingsAfter: (trial, epoch, copied) => explore(settings, sweep, trial, epoch, copied),
  },
  check,
  notes: (sweep) =>
    settings.interval <= mostJudged(sweep, 'epochs')
      ? []
      : [
          `pruner: in ${sweep.epochs} epochs no trial copies another: they are compared every ${settings.interval} epochs (interval), and not after the last`,
        ],
});

/** Averaging and the plateau schedule read a trial's earlier epochs, which after a copy belong to other weights. */
function check({ parameters, trials }: SweepSpec): void {
  const { averageBest = 1, schedule = 'constant' } = parameters;
  if (averageBest !== 1)
    throw new InvalidInput('parameters.averageBest: must be 1 with the pruner pbt, which copies checkpoints');
  const schedules = typeof schedule === 'object' && schedule.type === 'choice' ? schedule.values : [schedule];
  if (schedules.includes('plateau'))
    throw new InvalidInput(
      'parameters.schedule: must not be plateau with the pruner pbt, which copies checkpoints; use constant, inverse-sqrt or cosine',
    );
  if (trials < 2) throw new InvalidInput('trials: the pruner pbt needs a population of at least 2');
}

/**
 * Every `interval` epochs a trial in the bottom quantile copies one of the top quantile, drawn evenly. The
 * population is whoever has reached that epoch, so the copied checkpoint is of the same epoch. With n of them a
 * quantile is min(⌈n · quantile⌉, ⌊n/2⌋) trials, as in Ray. What is not finite is never copied.
 */
function exploit(
  settings: Settings,
  sweep: PrunedSweep,
  own: Judged,
  trials: readonly ReportedTrial[],
): PrunerVerdict {
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
  const generator = generatorFor(`pbt/${sweep.seed}/${own.number}/${epoch}`);
  const from = best.length === 0 ? undefined : best[uniformInt(generator, 0, best.length - 1)];
  const clause = `the last ${size} copy one of the first ${size}; the cut-off is ${shown(cutOff)}`;
  if (from === undefined) return { action: 'continue', ...compared(rung, own, standing, clause, cutOff) };
  return {
    action: 'exploit',
    from,
    ...compared(rung, own, standing, `${clause}; goes on from trial ${from}`, cutOff),
  };
}

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

/**
 * The copied trial's settings with those perturbed that the sweep ranges over and that leave the network's
 * shape alone (`perturbableParameters`). A number is multiplied by one of the factors and kept in its range
 * and on its steps, moving by at least one step; a choice moves to a neighbour in its list. With
 * `resampleProbability` it is drawn anew from the range. A zero stays zero unless it is drawn anew. Where a range
 * of an earlier version's sweep allows what its hyperparameter does not, the copied value stays.
 */
function explore(
  settings: Settings,
  { seed, parameters: space }: PrunedSweep,
  trial: number,
  epoch: number,
  copied: Hyperparameters,
): Hyperparameters {
  const changed: Suggestion = {};
  const active = activeIn(space, copied);
  for (const name of perturbableParameters) {
    const range = space[name];
    if (typeof range !== 'object' || !active.has(name)) continue;
    const generator = generatorFor(`pbt/${seed}/${trial}/${epoch}/${name}`);
    const value =
      uniformFloat64(generator) < settings.resampleProbability
        ? drawFrom(range, generator)
        : perturb(range, copied[name], settings, generator);
    if (Hyperparameters.shape[name].safeParse(value).success) changed[name] = value;
  }
  return parseInput(Hyperparameters, { ...copied, ...changed }, 'parameters');
}

/** Names of what the space draws where the trial's settings hold. */
function activeIn(space: SearchSpace, settings: Hyperparameters): ReadonlySet<string> {
  const values: Readonly<Record<string, Value>> = withDefaults(settings);
  const drawn: Suggestion = {};
  for (const [name, range] of inOrder(space)) {
    const value = values[name];
    if (value !== undefined && isActive(range, drawn)) drawn[name] = value;
  }
  return new Set(Object.keys(drawn));
}

function perturb(range: ParameterRange, value: number, { factors }: Settings, generator: Generator): Value {
  const up = uniformInt(generator, 0, 1) === 1;
  if (range.type === 'choice') return neighbour(range.values, value, up ? 1 : -1);
  const { low, high, step } = range;
  const moved = value * (up ? factors[1] : factors[0]);
  if (step === undefined) return Math.min(high, Math.max(low, moved));
  return onSteps({ low, high, step }, value, moved);
}

/** At an end of the list there is one neighbour. A value that is not in the list stays. */
function neighbour(values: readonly Value[], value: number, direction: 1 | -1): Value {
  const index = values.indexOf(value);
  if (index === -1) return value;
  return values[index + direction] ?? values[index - direction] ?? value;
}

/** The step nearest to `moved`, at least one from `value` in that direction where the range has one. */
function onSteps(
  steps: { readonly low: number; readonly high: number; readonly step: number },
  value: number,
  moved: number,
): number {
  const numberOf = (at: number) => Math.round((at - steps.low) / steps.step);
  const nearest = numberOf(moved);
  const to = nearest === numberOf(value) ? nearest + Math.sign(moved - value) : nearest;
  return atStep(steps, Math.min(lastStep(steps), Math.max(0, to)));
}
