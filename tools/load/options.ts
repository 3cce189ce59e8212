import { parseArgs } from 'node:util';
import { InvalidInput, messageOf } from '@honyaku/contracts';

export interface LoadOptions {
  readonly json: boolean;
  /** Also tells in which functions the API spends the time of the load. */
  readonly profile: boolean;
  /** How long requests are sent. */
  readonly seconds: number;
}

export const usage = 'npm run test:load -- [--json] [--profile] [--seconds N]';

/** @throws InvalidInput with what is wrong and the usage */
export function readOptions(words: readonly string[]): LoadOptions {
  const { json, profile, seconds } = parsed(words);
  const value = Number(seconds);
  if (!/^\d+$/.test(seconds) || value < 5)
    throw new InvalidInput(`--seconds ${seconds}: give a whole number of at least 5 (${usage})`);
  return { json, profile, seconds: value };
}

function parsed(words: readonly string[]) {
  const options = {
    json: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '60' },
  } as const;
  try {
    return parseArgs({ args: [...words], options }).values;
  } catch (cause) {
    throw new InvalidInput(`${messageOf(cause)} (${usage})`, { cause });
  }
}
