import { InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { readOptions } from './options.ts';

describe('options of npm run test:api', () => {
  it('are bounded in time unless told', () => {
    expect(readOptions(['--seed', '7'])).toEqual({ seconds: 150, answerSeconds: 2, seed: 7 });
    expect(readOptions(['--short'])).toMatchObject({ seconds: 20 });
    expect(readOptions(['--short', '--seconds', '5', '--answer-seconds', '9'])).toMatchObject({
      seconds: 5,
      answerSeconds: 9,
    });
  });

  it.each([['--seconds', '0'], ['--seed', '-1'], ['--answer-seconds', 'soon'], ['--long']])(
    'refuse %s %s',
    (...words) => {
      expect(() => readOptions(words)).toThrow(InvalidInput);
      expect(() => readOptions(words)).toThrow(/npm run test:api/);
    },
  );
});
