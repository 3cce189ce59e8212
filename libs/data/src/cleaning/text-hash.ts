import { hash } from 'node:crypto';

const hashDigits = 13;
/** How many hashes there are. */
export const textHashes = 16 ** hashDigits;

/** The first 52 bits of the text's sha256. */
export function textHash(text: string): number {
  return Number.parseInt(hash('sha256', text).slice(0, hashDigits), 16);
}
