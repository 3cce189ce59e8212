/** A space as blocks of parameters that are drawn together, and what trials drew of them as points on their axes. */
import { type ParameterRange } from '@honyaku/contracts';
import { type Value, atStep, lastStep, type Suggestion, type Space, inOrder } from './space.ts';

/** A range as a line of numbers, on which kernels lie: of logarithms where it is logarithmic, of indices for choices. */
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

export interface BlockRange {
  readonly name: string;
  readonly range: ParameterRange;
  readonly axis: Axis;
}

/** Parameters with the same condition; constants are among those without. */
export interface Block {
  readonly constants: Readonly<Suggestion>;
  readonly ranges: readonly BlockRange[];
  /** When they are drawn: the values that other parameters must have. */
  readonly conditions: readonly (readonly [name: string, allowed: readonly Value[]])[];
}

/** Places on the axes of a block's ranges; undefined where the block was not drawn, or not whole. */
export type Point = readonly number[] | undefined;

export class Blocks {
  private static readonly ofSpace = new WeakMap<Space, Blocks>();
  readonly all: readonly Block[];
  /** Of settings that were seen before: a sampler is asked again and again with a history that only grows. */
  private readonly known = new WeakMap<Readonly<Suggestion>, readonly Point[] | 'outside'>();

  private constructor(space: Space) {
    this.all = blocksOf(space);
  }

  static of(space: Space): Blocks {
    const blocks = this.ofSpace.get(space) ?? new Blocks(space);
    this.ofSpace.set(space, blocks);
    return blocks;
  }

  /** A point for each block, or `outside` when a value lies outside its range. */
  pointsOf(values: Readonly<Suggestion>): readonly Point[] | 'outside' {
    const before = this.known.get(values);
    if (before) return before;
    const drawn = this.all.filter((block) => isDrawn(block, values));
    const points = drawn.every((block) => fits(block, values))
      ? this.all.map((block) => (drawn.includes(block) ? pointOf(block, values) : undefined))
      : 'outside';
    this.known.set(values, points);
    return points;
  }
}

/** Whether the block's condition holds for what is drawn already. */
export function isDrawn({ conditions }: Block, values: Readonly<Suggestion>): boolean {
  return conditions.every(([name, allowed]) => {
    const value = values[name];
    return value !== undefined && allowed.includes(value);
  });
}

/** The block's settings at a point, without its constants. */
export function settingsAt({ ranges }: Block, point: readonly number[]): Suggestion {
  return Object.fromEntries(ranges.map(({ name, axis }, index) => [name, axis.fromAxis(point[index] ?? 0)]));
}

function blocksOf(space: Space): Block[] {
  const blocks = new Map<string, (readonly [name: string, range: Value | ParameterRange])[]>();
  for (const entry of inOrder(space)) {
    const [, range] = entry;
    const condition = typeof range === 'object' ? JSON.stringify(range.when ?? {}) : '{}';
    blocks.set(condition, [...(blocks.get(condition) ?? []), entry]);
  }
  return [...blocks.values()].map((entries) => ({
    constants: Object.fromEntries(
      entries.flatMap(([name, value]) => (typeof value === 'object' ? [] : [[name, value]])),
    ),
    ranges: entries.flatMap(([name, range]) =>
      typeof range === 'object' ? [{ name, range, axis: axisOf(range) }] : [],
    ),
    conditions: conditionsOf(space, entries[0]?.[1]),
  }));
}

/** Those of the range, and of the parameters that they name. */
function conditionsOf(space: Space, range: Value | ParameterRange | undefined): Block['conditions'] {
  if (typeof range !== 'object' || !range.when) return [];
  return Object.entries(range.when).flatMap(([name, wanted = []]) => [
    ...conditionsOf(space, space[name]),
    [name, Array.isArray(wanted) ? wanted : [wanted]],
  ]);
}

function pointOf({ ranges }: Block, values: Readonly<Suggestion>): Point {
  const drawn = ranges.flatMap(({ name, axis }) => {
    const value = values[name];
    return value === undefined ? [] : [axis.toAxis(value)];
  });
  return drawn.length === ranges.length ? drawn : undefined;
}

function fits({ ranges }: Block, values: Readonly<Suggestion>): boolean {
  return ranges.every(({ name, range }) => {
    const value = values[name];
    if (value === undefined) return true;
    if (range.type === 'choice') return range.values.includes(value);
    return typeof value === 'number' && value >= range.low && value <= range.high;
  });
}
