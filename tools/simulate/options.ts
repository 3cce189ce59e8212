import { parseArgs } from 'node:util';
import { InvalidInput, messageOf } from '@honyaku/contracts';

export interface SimulateOptions {
  readonly trials: number;
  readonly workers: number;
  readonly json: boolean;
}

export const usage = 'npm run simulate -- [--json] [--trials N] [--workers N]';

/** @throws InvalidInput with what is wrong and the usage */
export function readOptions(words: readonly string[]): SimulateOptions {
  const { trials, workers, json } = parsed(words);
  return { trials: whole('--trials', trials, 10_000), workers: whole('--workers', workers, 1_000), json };
}

function parsed(words: readonly string[]) {
  const options = {
    json: { type: 'boolean', default: false },
    trials: { type: 'string', default: '10000' },
    workers: { type: 'string', default: '1000' },
  } as const;
  try {
    return parseArgs({ args: [...words], options }).values;
  } catch (cause) {
    throw new InvalidInput(`${messageOf(cause)} (${usage})`, { cause });
  }
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most)
    throw new InvalidInput(`${name} ${text}: give a whole number from 1 to ${most} (${usage})`);
  return value;
}
