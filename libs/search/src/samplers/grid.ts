import { InvalidInput, type ParameterRange } from '@honyaku/contracts';
import { type SearchPlan, type Suggestion, type Value } from '../search-plan.ts';
import { atStep, lastStep } from './range-values.ts';
import { dependencies, inOrder, isActive } from './space.ts';

/** The most values one range may unfold to in a grid. */
const largestAxis = 10_000;

interface Axis {
  readonly name: string;
  readonly range: Value | ParameterRange;
  readonly values: readonly Value[];
  /** Whether a later axis is there only for some of the values. */
  readonly decides: boolean;
}

/** How many cells the grid has; an axis that is not active in a branch does not multiply it. */
export function gridSize({ space }: SearchPlan): number {
  return sizeFrom(axesOf(space), 0, {});
}

/** Cell `index` of the grid; the last parameter in the specification's order changes fastest. */
export function suggestFromGrid({ space }: SearchPlan, index: number): Suggestion {
  const axes = axesOf(space);
  const suggestion: Suggestion = {};
  let rest = index;
  for (const [position, { name, range, values }] of axes.entries()) {
    if (!isActive(range, suggestion)) continue;
    for (const value of values) {
      suggestion[name] = value;
      const size = sizeFrom(axes, position + 1, suggestion);
      if (rest < size) break;
      rest -= size;
    }
  }
  return suggestion;
}

function axesOf(space: SearchPlan['space']): Axis[] {
  const entries = inOrder(space);
  return entries.map(([name, range]) => ({
    name,
    range,
    values: valuesOf(name, range),
    decides: entries.some(([, other]) => dependencies(other).includes(name)),
  }));
}

/** How many cells the axes from `position` on have together, after what is drawn before them. */
function sizeFrom(axes: readonly Axis[], position: number, drawn: Suggestion): number {
  const axis = axes[position];
  if (!axis) return 1;
  const { name, range, values, decides } = axis;
  if (!isActive(range, drawn)) return sizeFrom(axes, position + 1, drawn);
  if (!decides) return values.length * sizeFrom(axes, position + 1, drawn);
  return values.reduce<number>(
    (sum, value) => sum + sizeFrom(axes, position + 1, { ...drawn, [name]: value }),
    0,
  );
}

function valuesOf(name: string, range: Value | ParameterRange): readonly Value[] {
  if (typeof range !== 'object') return [range];
  if (range.type === 'choice') return range.values;
  if (range.log || range.step === undefined) {
    throw new InvalidInput(`parameters.${name}: a grid needs a choice of values or a range with a step`);
  }
  const { low, high, step } = range;
  const steps = { low, high, step };
  const count = lastStep(steps) + 1;
  if (count > largestAxis) {
    throw new InvalidInput(
      `parameters.${name}: ${count} values are more than a grid may have (${largestAxis})`,
    );
  }
  return Array.from({ length: count }, (_, position) => atStep(steps, position));
}
