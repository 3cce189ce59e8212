/**
 * A grid: the allowed combinations of a space's values, the last parameter changing fastest, counted and found by
 * their number. Only parameters on which a condition or a rule hangs are walked, the others multiply.
 */
import {
  type ParameterRange,
  combinationRules,
  defaultHyperparameters,
  InvalidInput,
  withDefaults,
} from '@honyaku/contracts';
import {
  type Suggestion,
  type Value,
  atStep,
  lastStep,
  type Space,
  dependencies,
  inOrder,
  type SearchPlan,
} from './space.ts';

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

/**
 * Why combinations of the values are no cells, a reason for each rule that leaves some out.
 * @param most cells that are counted; as for `countCombinations`, whose count is not made again
 */
export function gridRefusals({ space }: Pick<SearchPlan, 'space'>, most: number): string[] {
  return Combinations.of(space).refusals(most);
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

/** So many combinations of what is walked may be looked at in one count. */
const mostVisits = 20_000;
/** No sweep has more trials. */
const mostAsked = 10_000;

interface Axis {
  readonly name: string;
  /** How many values it has; infinite on a continuum. */
  readonly length: number;
  readonly valueAt: (position: number) => Value;
  readonly conditions: readonly (readonly [name: string, allowed: ReadonlySet<Value>])[];
  /** Whether other axes, or whether the combination is allowed, depend on its value. */
  readonly decides: boolean;
}

/** Values in place of the drawn ones, beside the defaults of what is not drawn. */
interface Walk {
  readonly drawn: Suggestion;
  readonly values: Suggestion;
  visits: number;
}

export class Combinations {
  private static readonly ofSpace = new WeakMap<Space, Combinations>();
  private readonly axes: readonly Axis[];
  /** Axes from here on decide nothing. */
  private readonly freeFrom: number;
  private readonly counts = new Map<number, number | undefined>();
  private readonly sizes = new Map<string, number[]>();
  /** By the parameter whose rule it is, as far as combinations were counted. */
  private readonly refused = new Map<string, string>();

  private constructor(space: Space) {
    const entries = inOrder(space);
    const deciding = new Set([
      ...entries.flatMap(([, range]) => dependencies(range)),
      ...combinationRules.flatMap(({ name, others }) => [name, ...others]),
    ]);
    this.axes = entries.map(([name, range]) => axisOf(name, range, deciding.has(name)));
    this.freeFrom = this.axes.findLastIndex(({ decides }) => decides) + 1;
  }

  /** A sweep asks for its combinations one by one. */
  static of(space: Space): Combinations {
    const combinations = this.ofSpace.get(space) ?? new Combinations(space);
    this.ofSpace.set(space, combinations);
    return combinations;
  }

  /**
   * How many combinations there are, counted as far as `most`; infinite with a continuum, undefined when too many
   * that are not allowed would have to be passed over.
   */
  count(most: number): number | undefined {
    if (this.axes.some(({ length }) => length === Infinity)) return Infinity;
    if (!this.counts.has(most)) {
      const walk = newWalk();
      const count = Math.min(most, this.countFrom(0, most, walk, mostVisits));
      this.counts.set(most, walk.visits < mostVisits || count === most ? count : undefined);
    }
    return this.counts.get(most);
  }

  refusals(most: number): string[] {
    this.count(most);
    return [...this.refused].map(([name, why]) => `${name}: ${why}`);
  }

  /** Combination `index` (from 0 to 9,999), which the count has to exceed. */
  at(index: number): Suggestion {
    const walk = newWalk();
    let rest = index;
    let path = '';
    for (const [position, axis] of this.axes.entries()) {
      if (!isActive(axis, walk)) continue;
      const behind = () => this.countFrom(position + 1, mostAsked, walk, Infinity);
      const sizes = this.sizesAt(`${position}${path}`);
      if (!axis.decides) {
        const size = (sizes[0] ??= behind());
        put(walk, axis.name, axis.valueAt(Math.floor(rest / size)));
        rest %= size;
        continue;
      }
      for (let value = 0; value < axis.length; value += 1) {
        put(walk, axis.name, axis.valueAt(value));
        const size = (sizes[value] ??= behind());
        if (rest < size) {
          path += `/${value}`;
          break;
        }
        rest -= size;
      }
    }
    return walk.drawn;
  }

  /** How many combinations are behind each value of an axis, by what was chosen before it: they are asked for in turn. */
  private sizesAt(chosen: string): number[] {
    const sizes = this.sizes.get(chosen) ?? [];
    this.sizes.set(chosen, sizes);
    return sizes;
  }

  /**
   * Of the axes from `position` on, after what is drawn before them: exact below `most`, else at least `most`.
   * Stops counting after so many visits.
   */
  private countFrom(position: number, most: number, walk: Walk, visits: number): number {
    if (position >= this.freeFrom) return this.countFree(position, walk);
    const axis = this.axes[position];
    if (!axis || !isActive(axis, walk)) return this.countFrom(position + 1, most, walk, visits);
    if (!axis.decides) return axis.length * this.countFrom(position + 1, most, walk, visits);
    let count = 0;
    for (let value = 0; value < axis.length && count < most && walk.visits < visits; value += 1) {
      put(walk, axis.name, axis.valueAt(value));
      count += this.countFrom(position + 1, most - count, walk, visits);
    }
    remove(walk, axis.name);
    return count;
  }

  private countFree(position: number, walk: Walk): number {
    walk.visits += 1;
    const broken = combinationRules.find(({ holds }) => !holds(walk.values));
    if (broken) {
      if (!this.refused.has(broken.name)) this.refused.set(broken.name, broken.message(walk.values));
      return 0;
    }
    let count = 1;
    for (let free = position; free < this.axes.length; free += 1) {
      const axis = this.axes[free];
      if (axis && isActive(axis, walk)) count *= axis.length;
    }
    return count;
  }
}

const byDefault: Readonly<Suggestion> = withDefaults(defaultHyperparameters);

function newWalk(): Walk {
  return { drawn: {}, values: { ...byDefault }, visits: 0 };
}

function put({ drawn, values }: Walk, name: string, value: Value): void {
  drawn[name] = value;
  values[name] = value;
}

function remove({ drawn, values }: Walk, name: string): void {
  delete drawn[name];
  const value = byDefault[name];
  if (value === undefined) delete values[name];
  else values[name] = value;
}

function isActive({ conditions }: Axis, { drawn }: Walk): boolean {
  return conditions.every(([name, allowed]) => {
    const value = drawn[name];
    return value !== undefined && allowed.has(value);
  });
}

function axisOf(name: string, range: Value | ParameterRange, decides: boolean): Axis {
  const conditions = Object.entries(typeof range === 'object' ? (range.when ?? {}) : {}).map(
    ([other, wanted = []]) => [other, new Set(Array.isArray(wanted) ? wanted : [wanted])] as const,
  );
  return { name, conditions, decides, ...valuesOf(range) };
}

function valuesOf(range: Value | ParameterRange): Pick<Axis, 'length' | 'valueAt'> {
  if (typeof range !== 'object') return { length: 1, valueAt: () => range };
  if (range.type === 'choice') {
    const { values } = range;
    return { length: values.length, valueAt: (position) => values[position] ?? 0 };
  }
  const { low, high, log, step } = range;
  const steps = { low, high, step: log && range.type === 'int' ? 1 : (step ?? 0) };
  if (steps.step === 0) return { length: low === high ? 1 : Infinity, valueAt: () => low };
  return { length: lastStep(steps) + 1, valueAt: (position) => atStep(steps, position) };
}
