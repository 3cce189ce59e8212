import { InvalidInput } from '@honyaku/contracts';
import { parsedWords, wholeNumber } from '../command-line/words.ts';
import { type Fault } from './fault.ts';
import { faults } from './kinds/index.ts';

export interface FaultOptions {
  /** Each kind with how often it is done. */
  readonly plan: readonly { readonly fault: Fault; readonly times: number }[];
  /** Seed of the random moments. */
  readonly seed: number;
}

export const usage = 'npm run test:faults -- [--short] [--only KIND,KIND] [--times N] [--seed N]';

const options = {
  short: { type: 'boolean', default: false },
  only: { type: 'string' },
  times: { type: 'string' },
  seed: { type: 'string' },
} as const;

/** @throws InvalidInput with what is wrong and what is allowed */
export function readOptions(words: readonly string[]): FaultOptions {
  const { short, only, times, seed } = parsedWords(words, options, usage);
  const wanted = only?.split(',');
  const unknown = wanted?.find((word) => !faults.some(({ name }) => name.includes(word)));
  if (unknown !== undefined)
    throw new InvalidInput(`--only ${unknown}: choose of ${faults.map(({ name }) => name).join(', ')}`);
  const chosen = faults.filter(({ name }) => !wanted || wanted.some((word) => name.includes(word)));
  const often = times === undefined ? undefined : wholeNumber('--times', times, { least: 1 });
  return {
    plan: chosen.map((fault) => ({ fault, times: often ?? (short ? 1 : fault.times) })),
    seed:
      seed === undefined ? Math.floor(Math.random() * 2 ** 31) : wholeNumber('--seed', seed, { least: 0 }),
  };
}
