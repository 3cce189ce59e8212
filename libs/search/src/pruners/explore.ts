/**
 * The explore step of population based training (Jaderberg et al. 2017, arXiv 1711.09846): with which settings a
 * trial goes on from another's checkpoint.
 */
import { Hyperparameters, parseInput, perturbableParameters, type ParameterRange } from '@honyaku/contracts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { type Generator, generatorFor } from '../samplers/generator-for.ts';
import { drawFrom } from '../samplers/random.ts';
import { atStep, lastStep } from '../samplers/range-values.ts';
import { inOrder, isActive } from '../samplers/space.ts';
import { type Suggestion, type Value } from '../samplers/search-plan.ts';
import { type PruningPlan, type SettingsOf } from './pruner.ts';

/**
 * The copied trial's settings with those perturbed that the sweep ranges over and that leave the network's
 * shape alone (`perturbableParameters`). A number is multiplied by one of the factors and kept in its range
 * and on its steps, moving by at least one step; a choice moves to a neighbour in its list. With
 * `resampleProbability` it is drawn anew from the range. A zero stays zero unless it is drawn anew. Where a range
 * of an earlier version's sweep allows what its hyperparameter does not, the copied value stays.
 *
 * @param epoch the last of the copied checkpoint
 * @param copied settings with which trial `from` trained that epoch
 */
export function explore(
  settings: SettingsOf<'pbt'>,
  { seed, space }: PruningPlan,
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
function activeIn(space: PruningPlan['space'], settings: Hyperparameters): ReadonlySet<string> {
  const values: Readonly<Record<string, Value>> = settings;
  const drawn: Suggestion = {};
  for (const [name, range] of inOrder(space)) {
    const value = values[name];
    if (value !== undefined && isActive(range, drawn)) drawn[name] = value;
  }
  return new Set(Object.keys(drawn));
}

function perturb(
  range: ParameterRange,
  value: number,
  { factors }: SettingsOf<'pbt'>,
  generator: Generator,
): Value {
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
