import { InvalidInput, type ParameterRange } from '@honyaku/contracts';
import type { SearchPlan, Suggestion } from './search-plan.ts';

/** How many cells the grid has: the product of the ranges' sizes. */
export function gridSize({ space }: SearchPlan): number {
  return Object.entries(space).reduce((size, [name, range]) => size * valuesOf(name, range).length, 1);
}

/** Cell `index` of the grid; the last parameter in the specification's order changes fastest. */
export function suggestFromGrid({ space }: SearchPlan, index: number): Suggestion {
  const suggestion: Suggestion = {};
  let rest = index;
  for (const [name, range] of Object.entries(space).reverse()) {
    const values = valuesOf(name, range);
    const value = values[rest % values.length];
    if (value !== undefined) suggestion[name] = value;
    rest = Math.floor(rest / values.length);
  }
  return suggestion;
}

/** The most values one range may unfold to in a grid. */
const largestAxis = 10_000;

function valuesOf(
  name: string,
  range: string | number | boolean | ParameterRange,
): readonly (string | number | boolean)[] {
  if (typeof range !== 'object') return [range];
  if (range.type === 'choice') return range.values;
  if (range.log || range.step === undefined) {
    throw new InvalidInput(`parameters.${name}: a grid needs a choice of values or a range with a step`);
  }
  const { low, high, step } = range;
  // A part in a billion of a step, so that 0.1 + 2 × 0.1 still counts as 0.3.
  const count = Math.floor((high - low) / step + 1e-9) + 1;
  if (count > largestAxis) {
    throw new InvalidInput(
      `parameters.${name}: ${count} values are more than a grid may have (${largestAxis})`,
    );
  }
  return Array.from({ length: count }, (_, position) => roundToStep(low + position * step));
}

/** Takes away the noise of binary fractions: 0.30000000000000004 becomes 0.3. */
export function roundToStep(value: number): number {
  return Number(value.toPrecision(12));
}
