import { InvalidInput } from '@honyaku/contracts';
import { parsedWords } from '../command-line/words.ts';
import { type RowName, rowNames } from './table.ts';

export interface BenchOptions {
  /** In the order of the table. */
  readonly only: readonly RowName[];
  /** Add a line of JSON for each row. */
  readonly json: boolean;
  /** Train whole epochs where a sample of steps is the default. */
  readonly full: boolean;
}

export const usage = `npm run bench -- [--only ${rowNames.join(',')}] [--json] [--full]`;

const options = {
  only: { type: 'string' },
  json: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
} as const;

/** @throws InvalidInput with what is wrong and the usage */
export function readOptions(words: readonly string[]): BenchOptions {
  const { only, json, full } = parsedWords(words, options, usage);
  const names = only?.split(',') ?? rowNames;
  const unknown = names.find((name) => !rowNames.some((known) => known === name));
  if (unknown !== undefined)
    throw new InvalidInput(`--only has no row “${unknown}”; the rows are ${rowNames.join(', ')} (${usage})`);
  const chosen = rowNames.filter((name) => names.includes(name));
  if (full && !chosen.includes('epoch'))
    throw new InvalidInput(`--full is about epoch, which --only leaves out (${usage})`);
  return { only: chosen, json, full };
}
