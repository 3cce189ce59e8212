import { parsedWords, wholeNumber } from '../command-line/words.ts';

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

export interface DemoContext {
  readonly output: NodeJS.WriteStream;
  /** Aborts on Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** Fewer hold too few different words for the vocabularies of sweep.yaml. */
const fewestPairs = 1500;

export const usage = 'npm run demo -- [--fresh] [--keep] [--pairs N] [--folder FOLDER]';

const options = {
  folder: { type: 'string', default: '.honyaku' },
  fresh: { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  pairs: { type: 'string' },
} as const;

/** @throws InvalidInput with what is wrong and the usage */
export function readOptions(words: readonly string[]): DemoOptions {
  const { folder, fresh, keep, pairs } = parsedWords(words, options, usage);
  if (pairs === undefined) return { folder, fresh, keep };
  return { folder, fresh, keep, pairs: wholeNumber('--pairs', pairs, { least: fewestPairs, usage }) };
}
