import { InvalidInput, type ParameterRange } from '@honyaku/contracts';
import { type SearchPlan, type Suggestion, type Value } from './search-plan.ts';
import { Combinations } from './combinations.ts';
import { lastStep } from './range-values.ts';

/** The most values one range may unfold to in a grid. */
const largestAxis = 10_000;

/** How many cells the grid has, as far as the plan's trials; what is not active or not allowed is no cell. @throws InvalidInput */
export function gridSize({ space, trials }: SearchPlan): number {
  for (const [name, range] of Object.entries(space)) requireSteps(name, range);
  const size = Combinations.of(space).count(trials);
  if (size !== undefined) return size;
  throw new InvalidInput(
    'parameters: too many cells of the grid are not allowed; leave out values that do not go together',
  );
}

/** Cell `index` of the grid; the last parameter in the specification's order changes fastest. */
export function suggestFromGrid({ space }: SearchPlan, index: number): Suggestion {
  return Combinations.of(space).at(index);
}

function requireSteps(name: string, range: Value | ParameterRange): void {
  if (typeof range !== 'object' || range.type === 'choice') return;
  const { low, high, log, step } = range;
  if (log || step === undefined)
    throw new InvalidInput(`parameters.${name}: a grid needs a choice of values or a range with a step`);
  const count = lastStep({ low, high, step }) + 1;
  if (count > largestAxis)
    throw new InvalidInput(
      `parameters.${name}: ${count} values are more than a grid may have (${largestAxis})`,
    );
}
