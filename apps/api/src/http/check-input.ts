/** Checks a body, query or parameter against a schema of the contracts. */
import { InvalidInput, describeIssues } from '@honyaku/contracts';
import { type z } from 'zod';
import { allowedKeys } from './allowed-keys.ts';

/** Of which the keys that are allowed are told as well. */
const mostIssues = 5;

/** @throws InvalidInput naming each field that is wrong and, where a key is unknown, the keys there are */
export function checkInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
  name: string,
): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const allowed = parsed.error.issues.slice(0, mostIssues).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [];
    const keys = allowedKeys(schema, issue.path);
    const where = issue.path.length > 0 ? issue.path.map(String).join('.') : name;
    return keys ? [`keys of ${where}: ${keys.join(', ')}`] : [];
  });
  const message = [describeIssues(parsed.error), ...allowed].join('; ');
  throw new InvalidInput(`${name}: ${message}`, { cause: parsed.error });
}
