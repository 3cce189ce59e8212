/**
 * What samplers work on: a plan with its space, in what order and under which conditions parameters are drawn, which
 * values a range has, and what came of earlier trials.
 */
import { type SearchSpace, type SweepSpec, type ParameterRange } from '@honyaku/contracts';

/** The part of a sweep's specification that decides its trials. */
export interface SearchPlan {
  readonly space: SearchSpace;
  readonly sampler: SweepSpec['sampler'];
  readonly seed: number;
  /** The most trials that are wanted. */
  readonly trials: number;
  /** Of a sweep that version 0.1.0 made: TPE ranks nothing beside a range whose ends are one, as it did then. */
  readonly isOfFirstVersion?: boolean;
}

export type Value = string | number | boolean;

/** Values by hyperparameter name, before the notebook's defaults fill in the rest. */
export type Suggestion = Record<string, Value>;

/** What came of a trial, for samplers that learn. */
export interface Observation {
  /** Orders the trials in time. */
  readonly number: number;
  /** Of all hyperparameters, also those that were not drawn. */
  readonly values: Readonly<Suggestion>;
  /** Lower is better, what is not finite is worse than anything; undefined while the trial runs. */
  readonly value: number | undefined;
}

/** Parameters by name, each a constant or a range. */
export type Space = Readonly<Record<string, Value | ParameterRange>>;

const ordered = new WeakMap<Space, readonly Entry[]>();
type Entry = readonly [name: string, range: Value | ParameterRange];

/** The entries of a space in their order, but for those that depend on later ones, which come after them. */
export function inOrder(space: Space): readonly Entry[] {
  const before = ordered.get(space);
  if (before) return before;
  const waiting = Object.entries(space);
  const entries: Entry[] = [];
  const done = new Set<string>();
  while (waiting.length > 0) {
    const next = waiting.findIndex(([, range]) => dependencies(range).every((name) => done.has(name)));
    // What waits for itself was refused when the space was read.
    const [entry] = waiting.splice(Math.max(0, next), 1);
    if (!entry) break;
    entries.push(entry);
    done.add(entry[0]);
  }
  ordered.set(space, entries);
  return entries;
}

/** Names of the parameters that decide whether the range is drawn. */
export function dependencies(range: Value | ParameterRange): string[] {
  return typeof range === 'object' ? Object.keys(range.when ?? {}) : [];
}

/** Whether the range is drawn, given what is drawn of the parameters it depends on. */
export function isActive(range: Value | ParameterRange, drawn: Suggestion): boolean {
  if (typeof range !== 'object' || !range.when) return true;
  return Object.entries(range.when).every(([name, wanted]) => {
    const value = drawn[name];
    return value !== undefined && (Array.isArray(wanted) ? wanted.includes(value) : wanted === value);
  });
}

type NumberRange = Exclude<ParameterRange, { type: 'choice' }>;
interface Steps {
  readonly low: number;
  readonly high: number;
  readonly step: number;
}

/** Takes away the noise of binary fractions: 0.30000000000000004 becomes 0.3. */
export function roundToStep(value: number): number {
  return Number(value.toPrecision(12));
}

/** A draw among more whole numbers than a number can tell apart never ends; the steps above are not drawn. */
const mostSteps = Number.MAX_SAFE_INTEGER - 1;

/** The number of the last step; low is step 0. */
export function lastStep({ low, high, step }: Steps): number {
  // A part in a billion of a step, so that 0.1 + 2 × 0.1 still counts as 0.3.
  return Math.min(mostSteps, Math.floor((high - low) / step + 1e-9));
}

/** The value of a step. */
export function atStep({ low, step }: Pick<Steps, 'low' | 'step'>, number: number): number {
  return roundToStep(low + number * step);
}

/** The value at a share (0 to 1) of a range without steps, by its logarithm where it is logarithmic. */
export function atShare({ type, low, high, log }: NumberRange, share: number): number {
  if (!log) return between(low, high, share);
  const half = type === 'int' ? 0.5 : 0;
  const value = Math.exp(between(Math.log(low - half), Math.log(high + half), share));
  return Math.min(high, Math.max(low, type === 'int' ? Math.floor(value + 0.5) : value));
}

function between(low: number, high: number, share: number): number {
  return low + (high - low) * share;
}
