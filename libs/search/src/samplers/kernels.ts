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
  /** Adds each kernel's log density at a value to `sums`. */
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
    addLogDensities: (value, sums) => {
      const index = choices.indexOf(value);
      for (let kernel = 0; kernel < chosen.length; kernel += 1)
        sums[kernel] = (sums[kernel] ?? 0) + (chosen[kernel] === index ? hit : missed);
      sums[count - 1] = (sums[count - 1] ?? 0) + even;
    },
  };
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
  const means = Float64Array.from([...observed.map(axis.toAxis), (low + high) / 2]);
  const scott = widest * Math.max(prior, 1) ** (-1 / (dimensions + 4)) * width;
  const narrowest = width / Math.min(100, 2 + prior);
  const deviation = Math.min(width, Math.max(narrowest, scott));
  const deviationOf = (kernel: number) => (kernel === prior ? width : deviation);
  const normalisation = means.map((mean, kernel) => {
    const sigma = deviationOf(kernel);
    return -logMassBetween((low - mean) / sigma, (high - mean) / sigma);
  });
  const own = logMassOrDensity(axis, deviation);
  const ofPrior = logMassOrDensity(axis, width);
  return {
    draw: (kernel, generator) => {
      const mean = means[kernel] ?? 0;
      return axis.fromAxis(drawTruncated({ mean, deviation: deviationOf(kernel), low, high }, generator));
    },
    addLogDensities: (value, sums) => {
      const at = axis.toAxis(value);
      for (let kernel = 0; kernel < prior; kernel += 1)
        sums[kernel] = (sums[kernel] ?? 0) + own(at - (means[kernel] ?? 0)) + (normalisation[kernel] ?? 0);
      sums[prior] = (sums[prior] ?? 0) + ofPrior(at - (means[prior] ?? 0)) + (normalisation[prior] ?? 0);
    },
  };
}

/** Of a normal distribution at a distance from its mean: on a grid the mass of the point's cell. */
function logMassOrDensity({ low, high, step }: Axis, sigma: number): (distance: number) => number {
  if (step === 0) {
    const peak = -Math.log(sigma) - 0.5 * Math.log(2 * Math.PI);
    const scale = -0.5 / (sigma * sigma);
    return (distance) => peak + scale * distance * distance;
  }
  const half = step / (2 * sigma);
  const massAt = (distance: number) => logMassBetween(distance / sigma - half, distance / sigma + half);
  // Points of a grid are whole steps apart, the middle of the range may be half a step off.
  const table = Float64Array.from({ length: 2 * Math.round((high - low) / step) + 1 }, (_, halves) =>
    massAt((halves * step) / 2),
  );
  return (distance) => table[Math.round((2 * Math.abs(distance)) / step)] ?? massAt(distance);
}
