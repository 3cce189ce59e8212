import { z } from 'zod';
import { allowedKeys } from './allowed-keys.ts';
import { Corrupt, InvalidInput, NewerVersion } from './errors.ts';
import './plain-issues.ts';

/** Text of `value` in the schema's wire form (NaN and infinities survive). */
export function toJson<Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>): string {
  return JSON.stringify(z.encode(schema, value));
}

/**
 * The version of records, log entries, rows and messages up to which this one understands all of them. What is written
 * names its version in the field `version` if it is not the first. A later one is for what must not be ignored: it is
 * left to processes that know it. Keys that may be ignored need none.
 *
 * 1. Version 0.1.0, whose readers refuse unknown keys, and today's.
 */
export const storedVersion = 1;

const Versioned = z.object({ version: z.int() });

/**
 * Reads JSON that a process wrote, of this version or another: keys that this version does not know are left out.
 * @throws NewerVersion when it is of a later version than this one understands; Corrupt naming `where` and each field
 * that does not fit the schema
 */
export function fromJson<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  where: string,
): z.output<Schema> {
  let wire: unknown;
  try {
    wire = JSON.parse(text);
  } catch (cause) {
    throw new Corrupt(`${where} is not JSON`, { cause });
  }
  return fromWire(schema, wire, where);
}

/** The same of JSON that is parsed already. @throws NewerVersion; Corrupt */
export function fromWire<Schema extends z.ZodType>(
  schema: Schema,
  wire: unknown,
  where: string,
): z.output<Schema> {
  const { data: versioned } = Versioned.safeParse(wire);
  if (versioned && versioned.version > storedVersion)
    throw new NewerVersion(
      `${where} is of version ${versioned.version}, and only versions up to ${storedVersion} are known here`,
    );
  const parsed = parseTolerantly(schema, wire);
  if (!parsed.success)
    throw new Corrupt(`${where}: ${describeIssues(parsed.error)}`, { cause: parsed.error });
  return parsed.data;
}

/**
 * Parses what a process of another version wrote: keys that this version does not know are left out, however deep
 * they are. What people write is checked by `parseInput`, which refuses them.
 */
export function parseTolerantly<Schema extends z.ZodType>(
  schema: Schema,
  wire: unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  const parsed = schema.safeParse(wire);
  const unknown = parsed.success ? [] : unknownKeys(parsed.error.issues);
  if (unknown.length === 0) return parsed;
  const known = structuredClone(wire);
  const removed = unknown.filter(({ path, keys }) => removeKeys(path.reduce<unknown>(memberOf, known), keys));
  return removed.length === 0 ? parsed : parseTolerantly(schema, known);
}

function memberOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function removeKeys(holder: unknown, keys: readonly string[]): boolean {
  if (typeof holder !== 'object' || holder === null) return false;
  for (const key of keys) Reflect.deleteProperty(holder, key);
  return true;
}

interface UnknownKeys {
  readonly path: PropertyKey[];
  readonly keys: readonly string[];
}

/** Of a union's branches those of the closest count. */
function unknownKeys(issues: readonly z.core.$ZodIssue[], at: PropertyKey[] = []): UnknownKeys[] {
  return issues.flatMap((issue) => {
    const path = [...at, ...issue.path];
    if (issue.code === 'unrecognized_keys') return [{ path, keys: issue.keys }];
    const branch = issue.code === 'invalid_union' ? closestBranch(issue.errors) : undefined;
    return branch ? unknownKeys(branch, path) : [];
  });
}

/** Issues whose allowed keys are named as well. */
const mostWithKeys = 5;

/**
 * Checks what a person or a client gave.
 * @param where what the refusal calls the whole of it
 * @throws InvalidInput naming each field that is wrong and, where a key is unknown, those that are allowed
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  where: string,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const allowed = parsed.error.issues.slice(0, mostWithKeys).flatMap(({ code, path }) => {
    const keys = code === 'unrecognized_keys' ? allowedKeys(schema, path) : [];
    return keys.length > 0 ? [`keys of ${path.map(String).join('.') || where}: ${keys.join(', ')}`] : [];
  });
  const message = [describeIssues(parsed.error), ...allowed].join('; ');
  throw new InvalidInput(`${where}: ${message}`, { cause: parsed.error });
}

/** A person mends these first; a message of all would be as long as the input. */
const mostIssues = 20;
const longestMessage = 500;

/** One sentence for the first issues: `parameters.dropout: must be below 1; …`. */
export function describeIssues(error: z.ZodError): string {
  const sentences = flatten(error.issues.slice(0, mostIssues)).map(({ path, message }) => {
    const short = message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message;
    return path.length > 0 ? `${path.join('.')}: ${short}` : short;
  });
  const left = Math.max(0, error.issues.length - mostIssues);
  return [...sentences.slice(0, mostIssues), ...(left > 0 ? [`and ${left} more`] : [])].join('; ');
}

function flatten(
  issues: readonly z.core.$ZodIssue[],
  at: PropertyKey[] = [],
): { path: string[]; message: string }[] {
  return issues.flatMap((issue) => {
    const path = [...at, ...issue.path];
    const branch = issue.code === 'invalid_union' ? closestBranch(issue.errors) : undefined;
    return branch ? flatten(branch, path) : [{ path: path.map(String), message: issue.message }];
  });
}

/** Of a union's branches the one with the fewest fields that do not fit: most likely what the writer meant. */
function closestBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined {
  return branches
    .filter((issues) => issues.some((issue) => issue.path.length > 0))
    .sort((a, b) => misfits(a) - misfits(b))[0];
}

function misfits(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce((sum, each) => sum + (each.code === 'unrecognized_keys' ? each.keys.length : 1), 0);
}
