/** Plain error messages for values that do not match a schema, in place of zod's own. */
import { z } from 'zod';

const maxKeys = 10;

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
      // A query parameter that is not a number arrives as NaN.
      return Number.isNaN(issue.input) ? `must be ${noun}` : `must be ${noun}, not ${nounOf(issue.input)}`;
    }
    case 'invalid_union':
      if (issue.input === undefined) return 'is missing';
      return Array.isArray(issue.options) ? oneOf(issue.options) : undefined;
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

z.config({ customError: plainIssue });
