/** A space as blocks of parameters that are drawn together, and what trials drew of them as points. */
import { type ParameterRange } from '@honyaku/contracts';
import { type Suggestion, type Value } from './search-plan.ts';
import { type Axis, axisOf } from './axis.ts';
import { type Space, inOrder } from './space.ts';

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
