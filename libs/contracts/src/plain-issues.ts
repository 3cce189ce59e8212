/** Plain error messages for values that do not match a schema, in place of zod's own. */
import { z } from 'zod';

const maxKeys = 10;

const listFormat = new Intl.ListFormat('en', { type: 'disjunction' });

const nouns: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  record: 'a map',
  array: 'a list',
};

/** Called by zod for every issue without a message of its own; undefined keeps zod's message. */
function plainIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      const noun = nouns[issue.expected] ?? issue.expected;
      if (issue.input === undefined) return `is missing; it must be ${noun}`;
      return wrongType([issue.expected], issue.input);
    }
    case 'invalid_union':
      if (issue.input === undefined) return 'is missing';
      if (Array.isArray(issue.options)) return oneOf(issue.options);
      return wrongType(expectedTypes(issue.errors), issue.input, expectedTexts(issue.errors));
    case 'invalid_value':
      return oneOf(issue.values);
    case 'unrecognized_keys':
      return unknownKeys(issue.keys);
    case 'too_small':
      return bound(issue.origin, issue.minimum, issue.inclusive === false ? 'above' : 'at least');
    case 'too_big':
      return bound(issue.origin, issue.maximum, issue.inclusive === false ? 'below' : 'at most');
    default:
      return undefined;
  }
}

/** Types that the forms of a union expect of a value that has none of them. */
function expectedTypes(forms: readonly (readonly z.core.$ZodIssue[])[]): string[] {
  return forms.flat().flatMap((issue) => {
    if (issue.code === 'invalid_union') return expectedTypes(issue.errors);
    return issue.code === 'invalid_type' && issue.path.length === 0 ? [issue.expected] : [];
  });
}

/** Texts that forms of a union expect where others expect another type: `"none"`, or a map. */
function expectedTexts(forms: readonly (readonly z.core.$ZodIssue[])[]): string[] {
  return forms.flat().flatMap((issue) => {
    const isWhole = issue.code === 'invalid_value' && issue.path.length === 0;
    return isWhole
      ? issue.values.filter((value) => typeof value === 'string').map((value) => JSON.stringify(value))
      : [];
  });
}

/** Undefined when no type is expected. @param texts that are expected, too */
function wrongType(
  expected: readonly string[],
  value: unknown,
  texts: readonly string[] = [],
): string | undefined {
  // Infinity and NaN are numbers to JavaScript and to YAML, so the form that takes numbers was meant.
  const isNotFinite = typeof value === 'number' && !Number.isFinite(value) && expected.includes('number');
  const types = isNotFinite ? ['a finite number'] : [...new Set(expected)].map((type) => nouns[type] ?? type);
  if (types.length === 0) return undefined;
  if (texts.length > 0 && typeof value === 'string')
    return `must be ${listFormat.format([...texts, ...types])}`;
  return `must be ${listFormat.format(types)}, not ${nounOf(value)}`;
}

function nounOf(value: unknown): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'number') return String(value);
  return nouns[Array.isArray(value) ? 'array' : typeof value] ?? typeof value;
}

function oneOf(values: readonly unknown[]): string {
  const shown = values.map((value) => (typeof value === 'string' ? JSON.stringify(value) : String(value)));
  return shown.length === 1 ? `must be ${shown.join()}` : `must be one of ${shown.join(', ')}`;
}

function unknownKeys(keys: readonly string[]): string {
  const shown = keys.slice(0, maxKeys).map((key) => JSON.stringify(key));
  const left = keys.length - shown.length;
  return `unknown key${keys.length > 1 ? 's' : ''} ${shown.join(', ')}${left > 0 ? ` and ${left} more` : ''}`;
}

function bound(origin: string, limit: number | bigint, relation: string): string | undefined {
  if (origin === 'number' || origin === 'int' || origin === 'bigint') return `must be ${relation} ${limit}`;
  if (origin !== 'string' && origin !== 'array') return undefined;
  if (relation === 'at least' && Number(limit) === 1) return 'must not be empty';
  const unit = origin === 'string' ? 'character' : 'item';
  return `must have ${relation} ${limit} ${unit}${Number(limit) === 1 ? '' : 's'}`;
}

/**
 * Without the bounds of safe integers where a number exceeds its own bound too: zod reports both, first those of every
 * whole number.
 */
export function withoutIntegerBounds(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
  return issues.filter((issue, index) => {
    if ((issue.code !== 'too_small' && issue.code !== 'too_big') || issue.origin !== 'int') return true;
    const next = issues[index + 1];
    return next?.code !== issue.code || next.path.join('.') !== issue.path.join('.');
  });
}

z.config({ customError: plainIssue });
