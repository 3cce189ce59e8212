import { parsedWords, wholeNumber } from '../command-line/words.ts';

export interface ApiTestOptions {
  /** Time for sending requests; the preparation takes about half a minute more. */
  readonly seconds: number;
  /** That an answer may take. */
  readonly answerSeconds: number;
  readonly seed: number;
}

const usage = 'npm run test:api -- [--short] [--seconds N] [--answer-seconds N] [--seed N]';
const usualSeconds = 150;
const shortSeconds = 20;

const options = {
  short: { type: 'boolean', default: false },
  seconds: { type: 'string' },
  'answer-seconds': { type: 'string', default: '2' },
  seed: { type: 'string' },
} as const;

/** @throws InvalidInput with what is wrong and what is allowed */
export function readOptions(words: readonly string[]): ApiTestOptions {
  const { short, seconds, seed, 'answer-seconds': answer } = parsedWords(words, options, usage);
  const whole = (name: string, text: string, least: number) => wholeNumber(name, text, { least, usage });
  return {
    seconds: seconds === undefined ? (short ? shortSeconds : usualSeconds) : whole('--seconds', seconds, 1),
    answerSeconds: whole('--answer-seconds', answer, 1),
    seed: seed === undefined ? Math.floor(Math.random() * 2 ** 31) : whole('--seed', seed, 0),
  };
}
