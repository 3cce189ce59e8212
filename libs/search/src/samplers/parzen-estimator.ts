/** A density over several parameters: a weighted sum of kernels, each a product over the parameters. */
import { type ParameterRange } from '@honyaku/contracts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { type Generator } from '../generator-for.ts';
import { type Suggestion, type Value } from '../search-plan.ts';
import { type Kernels, kernelsOf } from './kernels.ts';

/** So many of the newest trials count in full; older ones the less the older they are. */
const counted = 25;

export class ParzenEstimator {
  private readonly kernels: readonly (readonly [name: string, kernels: Kernels])[];
  private readonly weights: Float64Array;
  private readonly logWeights: Float64Array;
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
    this.logWeights = this.weights.map(Math.log);
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
    this.sums.set(this.logWeights);
    for (const [name, kernels] of this.kernels) kernels.addLogDensities(values[name] ?? 0, this.sums);
    let largest = -Infinity;
    for (const sum of this.sums) if (sum > largest) largest = sum;
    let total = 0;
    for (const sum of this.sums) total += Math.exp(sum - largest);
    return largest + Math.log(total);
  }
}

/** Of the kernels around `observed` trials and of the one over the whole range; they sum to 1. */
function weightsOf(observed: number): Float64Array {
  const old = Math.max(0, observed - counted);
  const weights = Float64Array.from({ length: observed + 1 }, (_, index) => {
    if (index >= old) return 1;
    return old === 1 ? 1 / observed : 1 / observed + (index / (old - 1)) * (1 - 1 / observed);
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
