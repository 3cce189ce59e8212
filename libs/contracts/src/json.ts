import { z } from 'zod';
import { allowedKeys } from './allowed-keys.ts';
import { Corrupt, InvalidInput, NewerVersion } from './errors.ts';
import { withoutIntegerBounds } from './plain-issues.ts';

/** Serializes `value` in the schema's wire form. @throws ZodError when the value does not match the schema */
export function toJson<Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>): string {
  return JSON.stringify(toWire(schema, value));
}

/**
 * `value` in the schema's wire form, which preserves NaN and infinities in JSON.
 * @throws ZodError when the value does not match the schema, so that nothing is written that cannot be read
 */
export function toWire<Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>): z.input<Schema> {
  const wire = z.encode(schema, value, unchecked);
  schema.parse(wire);
  return wire;
}

/** While zod encodes, it checks each value once more at every level of nesting; to read the outcome checks each once. */
const unchecked = { skipChecks: true, reportInput: false };

/**
 * The version of records, log entries, rows and messages that this process understands. Stored data names its version
 * in the field `version`, unless it is 1. A new version is only for data that older processes must not ignore; new keys
 * that they may ignore do not need one.
 *
 * 1. Version 0.1.0, whose readers refuse unknown keys, and the current version.
 */
export const storedVersion = 1;

const Versioned = z.object({ version: z.int() });

/**
 * Reads JSON that a process of any version wrote, without the keys that this version does not know.
 * @throws NewerVersion when the data needs a later version than this one; Corrupt naming `where` and each field that
 *   does not match the schema
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

/** Like `fromJson`, for JSON that is parsed already. @throws NewerVersion; Corrupt */
export function fromWire<Schema extends z.ZodType>(
  schema: Schema,
  wire: unknown,
  where: string,
): z.output<Schema> {
  const { data: versioned } = Versioned.safeParse(wire);
  if (versioned && versioned.version > storedVersion)
    throw new NewerVersion(
      `${where} is of version ${versioned.version}, but this process only understands versions up to ${storedVersion}`,
    );
  const parsed = parseTolerantly(schema, wire);
  if (!parsed.success)
    throw new Corrupt(`${where}: ${describeIssues(parsed.error)}`, { cause: parsed.error });
  return parsed.data;
}

/**
 * Parses data that a process of another version wrote, without the keys that this version does not know, at any depth.
 * For the input of people use `parseInput`, which refuses unknown keys.
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

/** The unknown keys of all objects; for a union, those of its closest branch. */
function unknownKeys(issues: readonly z.core.$ZodIssue[], at: PropertyKey[] = []): UnknownKeys[] {
  return issues.flatMap((issue) => {
    const path = [...at, ...issue.path];
    if (issue.code === 'unrecognized_keys') return [{ path, keys: issue.keys }];
    const branch = issue.code === 'invalid_union' ? closestBranch(issue.errors) : undefined;
    return branch ? unknownKeys(branch, path) : [];
  });
}

/** The number of issues whose allowed keys are listed. */
const maxWithKeys = 5;

/**
 * Checks the input of a person or a client.
 * @param where name of the whole input, for the error
 * @throws InvalidInput naming each invalid field and, for an unknown key, the allowed ones
 */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  where: string,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const allowed = parsed.error.issues.slice(0, maxWithKeys).flatMap(({ code, path }) => {
    const keys = code === 'unrecognized_keys' ? allowedKeys(schema, path) : [];
    return keys.length > 0 ? [`keys of ${path.map(String).join('.') || where}: ${keys.join(', ')}`] : [];
  });
  const message = [describeIssues(parsed.error), ...allowed].join('; ');
  throw new InvalidInput(`${where}: ${message}`, { cause: parsed.error });
}

/** A message with all issues could be as long as the input. */
const maxIssues = 20;
/** Of one issue, in characters. */
const maxMessageLength = 500;

/** One sentence for the first issues: `parameters.dropout: must be below 1; …`. */
export function describeIssues(error: z.ZodError): string {
  const issues = withoutIntegerBounds(error.issues);
  const sentences = flatten(issues.slice(0, maxIssues)).map(({ path, message }) => {
    const short = message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message;
    return path.length > 0 ? `${path.join('.')}: ${short}` : short;
  });
  const left = Math.max(0, issues.length - maxIssues);
  return [...sentences.slice(0, maxIssues), ...(left > 0 ? [`and ${left} more`] : [])].join('; ');
}

function flatten(
  issues: readonly z.core.$ZodIssue[],
  at: PropertyKey[] = [],
): { path: string[]; message: string }[] {
  return withoutIntegerBounds(issues).flatMap((issue) => {
    const path = [...at, ...issue.path];
    const branch = issue.code === 'invalid_union' ? closestBranch(issue.errors) : undefined;
    return branch ? flatten(branch, path) : [{ path: path.map(String), message: issue.message }];
  });
}

/** The branch of a union with the fewest mismatches, which is most likely the one that was meant. */
function closestBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined {
  return branches
    .filter((issues) => issues.some((issue) => issue.path.length > 0))
    .sort((a, b) => mismatches(a) - mismatches(b))[0];
}

function mismatches(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce((sum, each) => sum + (each.code === 'unrecognized_keys' ? each.keys.length : 1), 0);
}
