import { z } from 'zod';

/** The keys that a schema allows in the object at `path`, to suggest for misspelt ones; none if its keys are not fixed. */
export function allowedKeys(schema: unknown, path: readonly PropertyKey[]): string[] {
  const inner = unwrap(schema);
  const [step, ...rest] = path;
  if (step === undefined) return keysOf(inner);
  if (inner instanceof z.ZodObject) return allowedKeys(inner.shape[String(step)], rest);
  if (inner instanceof z.ZodRecord) return allowedKeys(inner.valueType, rest);
  if (inner instanceof z.ZodArray) return allowedKeys(inner.element, rest);
  return [];
}

function keysOf(schema: unknown): string[] {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodRecord && schema.keyType instanceof z.ZodEnum) {
    return schema.keyType.options.map(String);
  }
  return [];
}

function unwrap(schema: unknown): unknown {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNonOptional
  ) {
    return unwrap(schema.unwrap());
  }
  // A codec checks its input with its first schema.
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  return schema;
}
