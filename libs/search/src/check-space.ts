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
    const refused = samplesOf(range).flatMap(([field, value]) => {
      const { error } = Hyperparameters.shape[name].safeParse(value);
      if (error) return [`${name}${field}: ${describeIssues(error)}`];
      return Number(value) > largest ? [`${name}${field}: must be at most ${largest}`] : [];
    });
    return [...new Set([...refused, ...repeated(name, range)])];
  });
}

/**
 * The values that decide whether all are allowed, with the field that gives them. What a hyperparameter takes is a
 * list of words, an interval or the whole numbers of one, so of a range of numbers three values are enough.
 */
function samplesOf(range: Value | ParameterRange): (readonly [field: string, value: Value])[] {
  if (typeof range !== 'object') return [['', range]];
  if (range.type === 'choice') return range.values.map((value, index) => [`.values.${index}`, value]);
  const { type, low, high, log, step } = range;
  if (type === 'float' && step === undefined)
    return [
      ['.low', low],
      ['.high', high],
      ...(low < high ? ([['.type', between(low, high)]] as const) : []),
    ];
  if (log || step === undefined)
    return [
      ['.low', low],
      ['.high', high],
    ];
  const steps = { low, high, step };
  const last = lastStep(steps);
  return [
    ['.low', atStep(steps, 0)],
    ['.high', atStep(steps, last)],
    ['.step', atStep(steps, Math.min(1, last))],
  ];
}

/** At a share that is no fraction of small whole numbers, so that it is no whole number between whole ones. */
function between(low: number, high: number): number {
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
