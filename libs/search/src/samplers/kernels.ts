/**
 * One parameter's kernels in a Parzen estimator, around the values that were observed and one over the whole
 * range, as Optuna 4.5 has them for its multivariate TPE (`optuna/samplers/_tpe/parzen_estimator.py`). All
 * numbers are places on the parameter's axis.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { type Generator } from './random.ts';
import { type ParameterRange } from '@honyaku/contracts';
import { type Axis } from './blocks.ts';

export interface Kernels {
  /** A place from kernel `kernel`; the last is the one over the whole range. */
  readonly draw: (kernel: number, generator: Generator) => number;
  /** Adds to `sums` what of each kernel's log density is the same at all places. */
  readonly addConstants: (sums: Float64Array) => void;
  /** Adds the rest of each kernel's log density at a place to `sums`. */
  readonly addLogDensities: (at: number, sums: Float64Array) => void;
}

/** Of Scott's rule, in shares of the range. */
const widest = 0.2;

/**
 * @param observed places of the parameter's values, one for each kernel but the last
 * @param dimensions how many parameters are estimated together
 */
export function kernelsOf(
  type: ParameterRange['type'],
  axis: Axis,
  observed: Float64Array,
  dimensions: number,
): Kernels {
  return type === 'choice' ? categorical(axis.high + 1, observed) : numerical(axis, observed, dimensions);
}

/** All kernels are the same at the one place that the axis has. */
export function pointAt(axis: Axis): Kernels {
  const only = axis.toAxis(axis.fromAxis(axis.low));
  return { draw: () => only, addConstants: () => undefined, addLogDensities: () => undefined };
}

function categorical(choices: number, observed: Float64Array): Kernels {
  const count = observed.length + 1;
  const total = choices / count + 1;
  const even = Math.log(1 / choices);
  const hit = Math.log((1 / count + 1) / total);
  const missed = Math.log(1 / count / total);
  return {
    draw: (kernel, generator) => {
      const own = observed[kernel];
      const share = uniformFloat64(generator);
      if (own === undefined) return Math.floor(share * choices);
      // A kernel is its own value, or by a small chance any of them.
      return share < 1 / total ? own : Math.floor(uniformFloat64(generator) * choices);
    },
    addConstants: (sums) => {
      for (let kernel = 0; kernel < observed.length; kernel += 1) add(sums, kernel, missed);
      add(sums, observed.length, even);
    },
    addLogDensities: (at, sums) => {
      for (let kernel = 0; kernel < observed.length; kernel += 1)
        if (observed[kernel] === at) add(sums, kernel, hit - missed);
    },
  };
}

/** A Float64Array's elements are typed as possibly missing. */
function add(sums: Float64Array, at: number, value: number): void {
  sums[at] = (sums[at] ?? 0) + value;
}

function numerical(axis: Axis, observed: Float64Array, dimensions: number): Kernels {
  const { low, high } = axis;
  const width = high - low;
  const prior = observed.length;
  const scott = widest * Math.max(prior, 1) ** (-1 / (dimensions + 4)) * width;
  const narrowest = width / Math.min(100, 2 + prior);
  const deviation = Math.min(width, Math.max(narrowest, scott));
  const middle = (low + high) / 2;
  const own = bellsOf(axis, observed, deviation);
  const ofPrior = bellsOf(axis, Float64Array.of(middle), width);
  return {
    draw: (kernel, generator) => {
      const from =
        kernel === prior
          ? { mean: middle, deviation: width }
          : { mean: observed[kernel] ?? middle, deviation };
      return axis.toAxis(axis.fromAxis(drawTruncated({ ...from, low, high }, generator)));
    },
    addConstants: (sums) => {
      own.addConstants(sums);
      ofPrior.addConstants(sums.subarray(prior));
    },
    addLogDensities: (at, sums) => {
      own.addLogDensities(at, sums);
      ofPrior.addLogDensities(at, sums.subarray(prior));
    },
  };
}

/** Normal distributions of one deviation, each cut off at the ends of the axis. */
type Bells = Pick<Kernels, 'addConstants' | 'addLogDensities'>;

function bellsOf(axis: Axis, means: Float64Array, sigma: number): Bells {
  return axis.step === 0 ? densities(axis, means, sigma) : masses(axis, means, sigma);
}

function densities({ low, high }: Axis, means: Float64Array, sigma: number): Bells {
  const peak = -Math.log(sigma) - 0.5 * Math.log(2 * Math.PI);
  const scale = -0.5 / (sigma * sigma);
  return {
    addConstants: (sums) => {
      for (let kernel = 0; kernel < means.length; kernel += 1) {
        const mean = means[kernel] ?? 0;
        add(sums, kernel, peak - logMassBetween((low - mean) / sigma, (high - mean) / sigma));
      }
    },
    addLogDensities: (at, sums) => {
      for (let kernel = 0; kernel < means.length; kernel += 1) {
        const distance = at - (means[kernel] ?? 0);
        add(sums, kernel, scale * distance * distance);
      }
    },
  };
}

/** On a grid: of the cell around each point. Points are whole steps apart, the middle may be half a step off. */
function masses({ low, high, step }: Axis, means: Float64Array, sigma: number): Bells {
  const halvesOf = (at: number) => Math.round((2 * (at - low)) / step);
  const halves = new Int32Array(means.map(halvesOf));
  const cells = halvesOf(high) + 1;
  const byDistance = Float64Array.from({ length: cells }, (_, apart) =>
    logMassBetween(((apart - 1) * step) / (2 * sigma), ((apart + 1) * step) / (2 * sigma)),
  );
  const inside = (from: number) =>
    logMassBetween((-from * step) / (2 * sigma), ((cells - 1 - from) * step) / (2 * sigma));
  const byMean = new Map<number, number>();
  for (const from of new Set(halves)) byMean.set(from, inside(from));
  return {
    addConstants: (sums) => {
      for (let kernel = 0; kernel < halves.length; kernel += 1)
        add(sums, kernel, -(byMean.get(halves[kernel] ?? 0) ?? 0));
    },
    addLogDensities: (at, sums) => {
      const to = halvesOf(at);
      for (let kernel = 0; kernel < halves.length; kernel += 1)
        add(sums, kernel, byDistance[Math.abs(to - (halves[kernel] ?? 0))] ?? 0);
    },
  };
}

/** Below this a probability counts as this, so that its logarithm is finite. */
const smallest = 1e-300;

/**
 * log(Φ(b) − Φ(a)) for a ≤ b, from the tail that is the smaller, so that it stays exact far from 0.
 */
export function logMassBetween(a: number, b: number): number {
  const mass = a > 0 ? upperTail(a) - upperTail(b) : upperTail(-b) - upperTail(-a);
  return Math.log(Math.max(mass, smallest));
}

/** 1 − Φ(x), by the Chebyshev fit of Numerical Recipes, 2nd edition, section 6.2: relative error below 1.2e-7. */
function upperTail(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * z);
  let sum = 0;
  for (const coefficient of chebyshev) sum = coefficient + t * sum;
  const erfc = t * Math.exp(-z * z + sum);
  return x >= 0 ? erfc / 2 : 1 - erfc / 2;
}

const chebyshev = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
  1.00002368, -1.26551223,
];

/** A draw from the normal distribution, given that it lies between `low` and `high`. */
export function drawTruncated(
  { mean, deviation, low, high }: { mean: number; deviation: number; low: number; high: number },
  generator: Generator,
): number {
  // The mean lies in the interval, so that at least some tenth of all draws does.
  for (let tries = 0; tries < 1_000; tries += 1) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(generator)));
    const drawn = mean + deviation * radius * Math.cos(2 * Math.PI * uniformFloat64(generator));
    if (drawn >= low && drawn <= high) return drawn;
  }
  return Math.min(high, Math.max(low, mean));
}
