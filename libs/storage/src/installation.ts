/** Which installation a bucket belongs to: a random id in the bucket, whatever name the bucket goes by. */
import { randomBytes } from 'node:crypto';
import { Bug, Corrupt, toJson } from '@honyaku/contracts';
import { z } from 'zod';
import { type ObjectStore } from './object-store.ts';

export const Installation = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  createdAt: z.iso.datetime(),
});
export type Installation = z.output<typeof Installation>;

const key = 'installation.json';

/**
 * The bucket's installation, which the first to ask creates.
 * @param remembered its id where the bucket has lost it: a bucket that is there keeps its id
 */
export async function installationOf(store: ObjectStore, remembered?: string): Promise<Installation> {
  const stored = await read(store);
  if (stored && stored !== 'unreadable') return stored;
  const fresh = {
    id: remembered ?? randomBytes(16).toString('hex'),
    createdAt: new Date().toISOString(),
  };
  if (stored === 'unreadable') await store.put(key, toJson(Installation, fresh));
  else await store.putIfAbsent(key, toJson(Installation, fresh));
  const now = await read(store);
  if (!now || now === 'unreadable') throw new Bug(`${key} is not in the bucket after it was put there`);
  return now;
}

async function read(store: ObjectStore): Promise<Installation | 'unreadable' | undefined> {
  try {
    return await store.getRecord(Installation, key);
  } catch (error) {
    if (error instanceof Corrupt) return 'unreadable';
    throw error;
  }
}
