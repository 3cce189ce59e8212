/**
 * One parameter's kernels in a Parzen estimator, around the values that were observed and one over the whole
 * range, as Optuna 4.5 has them for its multivariate TPE (`optuna/samplers/_tpe/parzen_estimator.py`).
 */
import { type ParameterRange } from '@honyaku/contracts';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { type Generator } from '../generator-for.ts';
import { type Value } from '../search-plan.ts';

import { drawTruncated, logMassBetween } from './normal.ts';
import { atStep, lastStep } from './range-values.ts';

export interface Kernels {
  /** A value from kernel `kernel`; the last is the one over the whole range. */
  readonly draw: (kernel: number, generator: Generator) => Value;
  /** Adds to `sums` what of each kernel's log density is the same for all values. */
  readonly addConstants: (sums: Float64Array) => void;
  /** Adds the rest of each kernel's log density at a value to `sums`. */
  readonly addLogDensities: (value: Value, sums: Float64Array) => void;
}

/** Of Scott's rule, in shares of the range. */
const widest = 0.2;
/** A grid of more points than this counts as a continuum. */
const mostGridPoints = 4_096;

/**
 * @param observed values of the parameter, one for each kernel but the last
 * @param dimensions how many parameters are estimated together
 */
export function kernelsOf(range: ParameterRange, observed: readonly Value[], dimensions: number): Kernels {
  return range.type === 'choice'
    ? categorical(range.values, observed)
    : numerical(range, observed, dimensions);
}

function categorical(choices: readonly Value[], observed: readonly Value[]): Kernels {
  const count = observed.length + 1;
  const chosen = Int32Array.from(observed, (value) => choices.indexOf(value));
  const total = choices.length / count + 1;
  const even = Math.log(1 / choices.length);
  const hit = Math.log((1 / count + 1) / total);
  const missed = Math.log(1 / count / total);
  return {
    draw: (kernel, generator) => {
      const own = chosen[kernel];
      const share = uniformFloat64(generator);
      if (own === undefined) return choices[Math.floor(share * choices.length)] ?? 0;
      // A kernel is its own value, or by a small chance any of them.
      if (share < 1 / total) return choices[own] ?? 0;
      return choices[Math.floor(uniformFloat64(generator) * choices.length)] ?? 0;
    },
    addConstants: (sums) => {
      for (let kernel = 0; kernel < chosen.length; kernel += 1) add(sums, kernel, missed);
      add(sums, chosen.length, even);
    },
    addLogDensities: (value, sums) => {
      const index = choices.indexOf(value);
      for (let kernel = 0; kernel < chosen.length; kernel += 1)
        if (chosen[kernel] === index) add(sums, kernel, hit - missed);
    },
  };
}

/** A Float64Array's elements are typed as possibly missing. */
function add(sums: Float64Array, at: number, value: number): void {
  sums[at] = (sums[at] ?? 0) + value;
}

interface Axis {
  readonly low: number;
  readonly high: number;
  /** Distance of the grid's points; 0 on a continuum. */
  readonly step: number;
  readonly toAxis: (value: Value) => number;
  readonly fromAxis: (at: number) => number;
}

function axisOf(range: Exclude<ParameterRange, { type: 'choice' }>): Axis {
  const { low, high, log, step = 0 } = range;
  const clipped = (value: number) => Math.min(high, Math.max(low, value));
  if (log) {
    const half = range.type === 'int' ? 0.5 : 0;
    return {
      low: Math.log(low - half),
      high: Math.log(high + half),
      step: 0,
      toAxis: (value) => Math.log(Number(value)),
      fromAxis: (at) => clipped(range.type === 'int' ? Math.round(Math.exp(at)) : Math.exp(at)),
    };
  }
  if (step === 0) return { low, high, step, toAxis: Number, fromAxis: clipped };
  const steps = { low, high, step };
  const last = lastStep(steps);
  const onGrid = (at: number) => atStep(steps, Math.min(last, Math.max(0, Math.round((at - low) / step))));
  const margin = { low: low - step / 2, high: low + (last + 0.5) * step, toAxis: Number, fromAxis: onGrid };
  return { ...margin, step: last < mostGridPoints ? step : 0 };
}

function numerical(
  range: Exclude<ParameterRange, { type: 'choice' }>,
  observed: readonly Value[],
  dimensions: number,
): Kernels {
  const axis = axisOf(range);
  const { low, high } = axis;
  const width = high - low;
  const prior = observed.length;
  const means = new Float64Array(prior + 1).fill((low + high) / 2);
  for (let kernel = 0; kernel < prior; kernel += 1) means[kernel] = axis.toAxis(observed[kernel] ?? low);
  const scott = widest * Math.max(prior, 1) ** (-1 / (dimensions + 4)) * width;
  const narrowest = width / Math.min(100, 2 + prior);
  const deviation = Math.min(width, Math.max(narrowest, scott));
  const deviationOf = (kernel: number) => (kernel === prior ? width : deviation);
  const own = shapeOf(axis, deviation);
  const ofPrior = shapeOf(axis, width);
  return {
    draw: (kernel, generator) => {
      const mean = means[kernel] ?? 0;
      return axis.fromAxis(drawTruncated({ mean, deviation: deviationOf(kernel), low, high }, generator));
    },
    addConstants: (sums) => {
      for (const [kernel, mean] of means.entries()) {
        const sigma = deviationOf(kernel);
        const { constant } = kernel === prior ? ofPrior : own;
        add(sums, kernel, constant - logMassBetween((low - mean) / sigma, (high - mean) / sigma));
      }
    },
    addLogDensities: (value, sums) => {
      const at = axis.toAxis(value);
      own.addAll(at, means.subarray(0, prior), sums);
      ofPrior.addAll(at, means.subarray(prior), sums.subarray(prior));
    },
  };
}

/** A normal distribution around any mean: its log density, or on a grid the log mass of a point's cell. */
interface Shape {
  readonly constant: number;
  /** Adds what depends on the distance from each mean to the sum of the same index. */
  readonly addAll: (at: number, means: Float64Array, sums: Float64Array) => void;
}

function shapeOf({ low, high, step }: Axis, sigma: number): Shape {
  if (step === 0) {
    const scale = -0.5 / (sigma * sigma);
    return {
      constant: -Math.log(sigma) - 0.5 * Math.log(2 * Math.PI),
      addAll: (at, means, sums) => {
        for (let kernel = 0; kernel < means.length; kernel += 1) {
          const distance = at - (means[kernel] ?? 0);
          add(sums, kernel, scale * distance * distance);
        }
      },
    };
  }
  const half = step / (2 * sigma);
  // Points of a grid are whole steps apart, the middle of the range may be half a step off.
  const table = Float64Array.from({ length: 2 * Math.round((high - low) / step) + 1 }, (_, halves) => {
    const distance = (halves * step) / 2;
    return logMassBetween(distance / sigma - half, distance / sigma + half);
  });
  return {
    constant: 0,
    addAll: (at, means, sums) => {
      for (let kernel = 0; kernel < means.length; kernel += 1) {
        const halves = Math.round((2 * Math.abs(at - (means[kernel] ?? 0))) / step);
        add(sums, kernel, table[Math.min(halves, table.length - 1)] ?? 0);
      }
    },
  };
}
