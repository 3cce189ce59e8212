import { parsedWords, wholeNumber } from '../command-line/words.ts';

export interface SimulateOptions {
  readonly trials: number;
  readonly workers: number;
  readonly json: boolean;
}

export const usage = 'npm run simulate -- [--json] [--trials N] [--workers N]';

const options = {
  json: { type: 'boolean', default: false },
  trials: { type: 'string', default: '10000' },
  workers: { type: 'string', default: '1000' },
} as const;

/** @throws InvalidInput with what is wrong and the usage */
export function readOptions(words: readonly string[]): SimulateOptions {
  const { trials, workers, json } = parsedWords(words, options, usage);
  const whole = (name: string, text: string, most: number) =>
    wholeNumber(name, text, { least: 1, most, usage });
  return { trials: whole('--trials', trials, 10_000), workers: whole('--workers', workers, 1_000), json };
}
