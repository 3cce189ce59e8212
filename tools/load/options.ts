import { parsedWords, wholeNumber } from '../command-line/words.ts';

export interface LoadOptions {
  readonly json: boolean;
  /** Also reports in which functions the API spends the time of the load. */
  readonly profile: boolean;
  /** How long requests are sent. */
  readonly seconds: number;
}

export const usage = 'npm run test:load -- [--json] [--profile] [--seconds N]';

const fewestSeconds = 5;

const options = {
  json: { type: 'boolean', default: false },
  profile: { type: 'boolean', default: false },
  seconds: { type: 'string', default: '60' },
} as const;

/** @throws InvalidInput with what is wrong and the usage */
export function readOptions(words: readonly string[]): LoadOptions {
  const { json, profile, seconds } = parsedWords(words, options, usage);
  return { json, profile, seconds: wholeNumber('--seconds', seconds, { least: fewestSeconds, usage }) };
}
