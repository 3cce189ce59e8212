import { InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';
import { rowNames } from './table.ts';

describe('readOptions', () => {
  it('measures every row by default, from samples, for people alone', () => {
    expect(readOptions([])).toEqual({
      only: [...rowNames],
      json: false,
      full: false,
    });
  });
  it('keeps the table’s order of the rows that --only names', () => {
    expect(readOptions(['--only', 'decode,recurrent-small', '--json'])).toEqual({
      only: ['recurrent-small', 'decode'],
      json: true,
      full: false,
    });
  });
  it.each([
    [['--only', 'train'], `--only has no row “train”; the rows are ${rowNames.join(', ')}`],
    [['--only', ''], '--only has an empty value'],
    [['--only', 'decode,'], '--only has no row “”'],
    [['--only'], '--only'],
    [['--quick'], '--quick'],
    [['decode'], 'decode'],
    [['--full', '--only', 'decode'], '--full is about epoch, which --only leaves out'],
  ])('refuses %j', (words, message) => {
    expect(() => readOptions(words)).toThrow(InvalidInput);
    expect(() => readOptions(words)).toThrow(message);
    expect(() => readOptions(words)).toThrow('npm run bench -- ');
  });
});
