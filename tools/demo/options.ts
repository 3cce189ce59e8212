import { parseArgs } from 'node:util';
import { InvalidInput, messageOf } from '@honyaku/contracts';

export interface DemoOptions {
  /** Holds all state; kept between runs. */
  readonly folder: string;
  /** Begin with an empty state. */
  readonly fresh: boolean;
  /** Leave the API running until Ctrl-C. */
  readonly keep: boolean;
  /** Sentence pairs instead of those of sweep.yaml. */
  readonly pairs?: number;
}

/** Fewer hold too few different words for the vocabularies of sweep.yaml. */
const fewestPairs = 1500;

export const usage = 'npm run demo -- [--fresh] [--keep] [--pairs N] [--folder FOLDER]';

/** @throws InvalidInput with what is wrong and the usage */
export function readOptions(words: readonly string[]): DemoOptions {
  const { folder, fresh, keep, pairs } = parsed(words);
  if (pairs === undefined) return { folder, fresh, keep };
  const count = Number(pairs);
  if (!/^\d+$/.test(pairs) || count < fewestPairs) {
    throw new InvalidInput(`--pairs ${pairs}: give a whole number of at least ${fewestPairs} (${usage})`);
  }
  return { folder, fresh, keep, pairs: count };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        folder: { type: 'string', default: '.honyaku' },
        fresh: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
        pairs: { type: 'string' },
      },
    }).values;
  } catch (cause) {
    throw new InvalidInput(`${messageOf(cause)} (${usage})`, { cause });
  }
}
