import { randomBytes } from 'node:crypto';
import { InvalidInput, Unavailable, codeOf } from '@honyaku/contracts';
import { type ObjectStore } from './object-store.ts';

/** What stores answer that know no condition on a put. */
const unknown = new Set(['InvalidArgument', 'InvalidRequest', 'MethodNotAllowed', 'NotImplemented']);

/**
 * Puts an object of its own twice, with `If-None-Match: *`, and removes it: a store, or a proxy before it,
 * that lets the second through lets two processes overwrite each other's records.
 * @throws InvalidInput when the second put is not refused; Unavailable when the store cannot be asked
 */
export async function requireConditionalPuts(store: ObjectStore): Promise<void> {
  const key = `probes/${randomBytes(12).toString('hex')}`;
  const outcome = await lastOfTwo(store, key).catch(async (error: unknown) => {
    await store.remove([key]).catch(() => undefined);
    throw error;
  });
  await store.remove([key]);
  if (outcome === 'created') throw new InvalidInput(demand(store, 'overwrites an object in spite of it'));
}

async function lastOfTwo(store: ObjectStore, key: string): Promise<'created' | 'exists'> {
  try {
    await store.putIfAbsent(key, 'may be removed');
    return await store.putIfAbsent(key, 'may be removed');
  } catch (error) {
    const code = error instanceof Unavailable ? (codeOf(error.cause) ?? '') : '';
    if (!unknown.has(code)) throw error;
    throw new InvalidInput(demand(store, `answers ${code} to it`), { cause: error });
  }
}

function demand({ endpoint, bucket }: ObjectStore, fault: string): string {
  return `the object store at ${endpoint} does not honour If-None-Match: * on a put to bucket ${bucket}: the store, or a proxy before it, ${fault}. Without it processes overwrite each other's records; docs/requirements.md names stores that have it`;
}
