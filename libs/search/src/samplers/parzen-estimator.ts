/** A density over several parameters: a weighted sum of kernels, each a product over the parameters. */
import { type ParameterRange } from '@honyaku/contracts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { type Generator } from '../generator-for.ts';
import { type Suggestion, type Value } from '../search-plan.ts';
import { type Kernels, kernelsOf } from './kernels.ts';

/** So many of the newest trials count in full; older ones the less the older they are. */
const counted = 25;
/** A kernel whose log density is less than the largest by more than this adds nothing that a double could hold. */
const negligible = 37;

export class ParzenEstimator {
  private readonly kernels: readonly (readonly [name: string, kernels: Kernels])[];
  private readonly weights: Float64Array;
  /** What of each kernel's weighted log density is the same for all values. */
  private readonly constants: Float64Array;
  private readonly sums: Float64Array;

  /** @param observed settings of the trials in their order in time */
  constructor(
    ranges: readonly (readonly [name: string, range: ParameterRange])[],
    observed: readonly Readonly<Record<string, Value>>[],
  ) {
    this.kernels = ranges.map(([name, range]) => [
      name,
      kernelsOf(
        range,
        observed.map((values) => values[name] ?? 0),
        ranges.length,
      ),
    ]);
    this.weights = weightsOf(observed.length);
    this.constants = this.weights.map(Math.log);
    for (const [, kernels] of this.kernels) kernels.addConstants(this.constants);
    this.sums = new Float64Array(this.weights.length);
  }

  draw(generator: Generator): Suggestion {
    const share = uniformFloat64(generator);
    let kernel = 0;
    for (let sum = this.weights[0] ?? 1; sum <= share && kernel < this.weights.length - 1; kernel += 1)
      sum += this.weights[kernel + 1] ?? 0;
    return Object.fromEntries(this.kernels.map(([name, kernels]) => [name, kernels.draw(kernel, generator)]));
  }

  logDensity(values: Suggestion): number {
    this.sums.set(this.constants);
    for (const [name, kernels] of this.kernels) kernels.addLogDensities(values[name] ?? 0, this.sums);
    const largest = this.sums.reduce((most, sum) => Math.max(most, sum), -Infinity);
    let total = 0;
    for (let kernel = 0; kernel < this.sums.length; kernel += 1) {
      const below = (this.sums[kernel] ?? 0) - largest;
      if (below > -negligible) total += Math.exp(below);
    }
    return largest + Math.log(total);
  }
}

/** Of the kernels around `observed` trials and of the one over the whole range; they sum to 1. */
function weightsOf(observed: number): Float64Array {
  const old = Math.max(0, observed - counted);
  const weights = new Float64Array(observed + 1).fill(1);
  for (let index = 0; index < old; index += 1)
    weights[index] = old === 1 ? 1 / observed : 1 / observed + (index / (old - 1)) * (1 - 1 / observed);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
