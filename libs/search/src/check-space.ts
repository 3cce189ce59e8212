/**
 * What is wrong with a space that can be read: values that a hyperparameter does not take, values that are there
 * twice, and conditions that never hold. It is checked when a sweep is submitted and never again, so what an earlier
 * version took stays readable.
 */
import {
  Hyperparameters,
  InvalidInput,
  type ParameterRange,
  describeIssues,
  parameterNames,
} from '@honyaku/contracts';
import { type Value, atStep, lastStep, type Space } from './samplers/space.ts';

type NumberRange = Exclude<ParameterRange, { type: 'choice' }>;

/** A reader mends the first and asks again. */
const mostReported = 10;
/** Of a choice or a condition: more than anybody writes by hand. */
const mostValues = 1_000;
/** Beyond it the arithmetic of ranges runs out of numbers. */
const largest = 1e30;

/** @throws InvalidInput naming each field and what is allowed there */
export function checkSpace(space: Space): void {
  const tooMany = lengthProblems(space);
  const problems = tooMany.length > 0 ? tooMany : [...valueProblems(space), ...conditionProblems(space)];
  if (problems.length === 0) return;
  const reported = problems.slice(0, mostReported).map((problem) => `parameters.${problem}`);
  const more = problems.length > mostReported ? [`and ${problems.length - mostReported} more`] : [];
  throw new InvalidInput([...reported, ...more].join('; '));
}

function lengthProblems(space: Space): string[] {
  return Object.entries(space).flatMap(([name, range]) => {
    if (typeof range !== 'object') return [];
    const lists = [
      ...(range.type === 'choice' ? [['values', range.values] as const] : []),
      ...Object.entries(range.when ?? {}).map(([other, wanted]) => [`when.${other}`, wanted] as const),
    ];
    return lists
      .filter(([, values]) => Array.isArray(values) && values.length > mostValues)
      .map(([field]) => `${name}.${field}: give at most ${mostValues} values`);
  });
}

function valueProblems(space: Space): string[] {
  return parameterNames.options.flatMap((name) => {
    const range = space[name];
    if (range === undefined) return [];
    const { bounds, between } = samplesOf(range);
    const outside = refusals(name, bounds);
    // Of values that are out of bounds the bound is the reason.
    const refused = outside.length > 0 ? outside : refusals(name, between);
    return [...new Set([...refused, ...repeated(name, range)])];
  });
}

function refusals(name: keyof typeof Hyperparameters.shape, samples: readonly Sample[]): string[] {
  return samples.flatMap(([field, value]) => {
    const { error } = Hyperparameters.shape[name].safeParse(value);
    if (error) return [`${name}${field}: ${describeIssues(error)}`];
    return Number(value) > largest ? [`${name}${field}: must be at most ${largest}`] : [];
  });
}

/** A value of a range, and the field that gives it. */
type Sample = readonly [field: string, value: Value];

/**
 * The values that decide whether all are allowed. What a hyperparameter takes is a list of words, an interval or the
 * whole numbers of one, so of a range of numbers the bounds and a value between them are enough.
 */
function samplesOf(range: Value | ParameterRange): {
  readonly bounds: readonly Sample[];
  readonly between: readonly Sample[];
} {
  if (typeof range !== 'object') return { bounds: [['', range]], between: [] };
  if (range.type === 'choice')
    return { bounds: range.values.map((value, index) => [`.values.${index}`, value]), between: [] };
  const { type, low, high, log, step } = range;
  if (log || step === undefined) {
    const isContinuous = type === 'float' && low < high;
    return {
      bounds: [
        ['.low', low],
        ['.high', high],
      ],
      between: isContinuous ? [['.type', valueBetween(low, high)]] : [],
    };
  }
  const steps = { low, high, step };
  const last = lastStep(steps);
  return {
    bounds: [
      ['.low', atStep(steps, 0)],
      ['.high', atStep(steps, last)],
    ],
    between: [['.step', atStep(steps, Math.min(1, last))]],
  };
}

/** At a share that is no fraction of small whole numbers, so that it is no whole number between whole ones. */
function valueBetween(low: number, high: number): number {
  return low + (high - low) * (2 - (1 + Math.sqrt(5)) / 2);
}

function repeated(name: string, range: Value | ParameterRange): string[] {
  if (typeof range !== 'object' || range.type !== 'choice') return [];
  const seen = new Set<Value>();
  return range.values.flatMap((value, index) => {
    if (seen.has(value))
      return [`${name}.values.${index}: ${shortened(value)} is there already; give each value once`];
    seen.add(value);
    return [];
  });
}

function conditionProblems(space: Space): string[] {
  const demands = new Map<string, Demands>();
  return Object.entries(space).flatMap(([name, range]) => {
    if (typeof range !== 'object') return [];
    const never = Object.entries(range.when ?? {}).flatMap(([other, wanted = []]) => {
      const decides = space[other];
      if (typeof decides !== 'object' || decides.type === 'choice') return [];
      const value = (Array.isArray(wanted) ? wanted : [wanted]).find((each) => !holds(decides, each));
      if (value === undefined) return [];
      return [`${name}.when.${other}: ${other} is never ${shown(value)}; it is ${valuesInWords(decides)}`];
    });
    if (never.length > 0) return never;
    const impossible = [...demandsOf(space, name, demands)].find(([, values]) => values.size === 0);
    return impossible
      ? [`${name}.when: never holds: what it waits for needs different values of ${impossible[0]}`]
      : [];
  });
}

/** The values that others must have for a parameter to be drawn, by name; none where they contradict each other. */
type Demands = ReadonlyMap<string, ReadonlySet<Value>>;

/** @param known of parameters that were asked for before */
function demandsOf(space: Space, name: string, known: Map<string, Demands>): Demands {
  const before = known.get(name);
  if (before) return before;
  const all = new Map<string, ReadonlySet<Value>>();
  const demand = (other: string, values: ReadonlySet<Value>) => {
    const others = all.get(other);
    all.set(other, others ? new Set([...values].filter((value) => others.has(value))) : values);
  };
  const range = space[name];
  for (const [other, wanted = []] of Object.entries((typeof range === 'object' && range.when) || {})) {
    demand(other, new Set(Array.isArray(wanted) ? wanted : [wanted]));
    for (const [further, values] of demandsOf(space, other, known)) demand(further, values);
  }
  known.set(name, all);
  return all;
}

/** Whether the range has the value. */
function holds(range: NumberRange, value: Value): boolean {
  const { type, low, high, log, step } = range;
  if (typeof value !== 'number' || value < low || value > high) return false;
  if (type === 'int' && log) return Number.isInteger(value);
  if (step === undefined) return low === high;
  const steps = { low, high, step };
  const number = Math.round((value - low) / step);
  return number <= lastStep(steps) && atStep(steps, number) === value;
}

function valuesInWords({ type, low, high, step }: NumberRange): string {
  if (type === 'float' && step === undefined)
    return `any number from ${low} to ${high}, never exactly one: give it a step`;
  const kind = type === 'int' ? 'a whole number' : 'a number';
  return `${kind} from ${low} to ${high}${step === undefined || (type === 'int' && step === 1) ? '' : ` in steps of ${step}`}`;
}

function shown(value: Value): string {
  return typeof value === 'string' ? `the text "${shortened(value)}"` : String(value);
}

function shortened(value: Value): string {
  const text = String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
