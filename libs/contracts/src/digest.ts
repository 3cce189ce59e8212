import { createHash } from 'node:crypto';
import { z } from 'zod';

/** A sha256 in lower-case hexadecimal. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be a sha256: 64 hexadecimal digits');
export type Sha256 = z.output<typeof Sha256>;

/** The sha256 of a value's JSON with sorted keys, so that the order of keys does not matter. */
export function digestOf(value: unknown): Sha256 {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item !== null && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}
