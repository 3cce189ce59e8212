/** A density over several parameters: a weighted sum of kernels, each a product over the parameters. */
import { type ParameterRange } from '@honyaku/contracts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { type Generator } from './random.ts';
import { type Axis } from './blocks.ts';
import { type Kernels, kernelsOf, pointAt } from './kernels.ts';

/** So many of the newest trials count in full; older ones the less the older they are. */
const counted = 25;
/** A kernel whose log density is less than the largest by more than this adds less than a part in 10^10. */
const negligible = 25;

/** A parameter with the places of its values in the trials, in their order in time. */
export interface Column {
  readonly type: ParameterRange['type'];
  readonly axis: Axis;
  readonly observed: Float64Array;
  /** Whether it has a single place, so that nothing is to be estimated. */
  readonly isPoint: boolean;
}

/** Points are places on the axes of the columns, in their order. */
export class ParzenEstimator {
  private readonly kernels: readonly Kernels[];
  private readonly weights: Float64Array;
  /** What of each kernel's weighted log density is the same for all points. */
  private readonly constants: Float64Array;
  private readonly sums: Float64Array;

  /** @param columns at least one, all of one length */
  constructor(columns: readonly Column[]) {
    const dimensions = columns.filter(({ isPoint }) => !isPoint).length;
    this.kernels = columns.map(({ type, axis, observed, isPoint }) =>
      isPoint ? pointAt(axis) : kernelsOf(type, axis, observed, dimensions),
    );
    this.weights = weightsOf(columns[0]?.observed.length ?? 0);
    this.constants = this.weights.map(Math.log);
    for (const kernels of this.kernels) kernels.addConstants(this.constants);
    this.sums = new Float64Array(this.weights.length);
  }

  draw(generator: Generator): number[] {
    const share = uniformFloat64(generator);
    let kernel = 0;
    for (let sum = this.weights[0] ?? 1; sum <= share && kernel < this.weights.length - 1; kernel += 1)
      sum += this.weights[kernel + 1] ?? 0;
    return this.kernels.map((kernels) => kernels.draw(kernel, generator));
  }

  logDensity(point: readonly number[]): number {
    const { sums } = this;
    sums.set(this.constants);
    for (const [index, kernels] of this.kernels.entries()) kernels.addLogDensities(point[index] ?? 0, sums);
    let largest = -Infinity;
    for (let kernel = 0; kernel < sums.length; kernel += 1) largest = Math.max(largest, sums[kernel] ?? 0);
    let total = 0;
    for (let kernel = 0; kernel < sums.length; kernel += 1) {
      const below = (sums[kernel] ?? 0) - largest;
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
