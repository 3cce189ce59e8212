/** A range as a line of numbers, on which kernels lie: of logarithms where it is logarithmic, of indices for choices. */
import { type ParameterRange } from '@honyaku/contracts';
import { type Value } from './search-plan.ts';
import { atStep, lastStep } from './range-values.ts';

export interface Axis {
  readonly low: number;
  readonly high: number;
  /** Distance of the grid's points; 0 on a continuum. */
  readonly step: number;
  readonly toAxis: (value: Value) => number;
  /** The range's value that lies nearest. */
  readonly fromAxis: (at: number) => Value;
}

/** A grid of more points than this counts as a continuum. */
const mostGridPoints = 4_096;

/** Widths below this have a square that is no number any more. */
const narrowest = 1e-100;

/** Whether the axis has a single place: low is high. */
export function isPoint({ low, high, step }: Axis): boolean {
  return step === 0 && high - low < narrowest;
}

export function axisOf(range: ParameterRange): Axis {
  if (range.type === 'choice') {
    const { values } = range;
    const toAxis = (value: Value) => values.indexOf(value);
    return { low: 0, high: values.length - 1, step: 1, toAxis, fromAxis: (at) => values[at] ?? 0 };
  }
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
