import { describe, expect, it } from 'vitest';
import { readFailedReason } from './errors.ts';

describe('the failed reason of a job', () => {
  it('is told without the name of its kind', () => {
    expect(readFailedReason('InvalidInput: dataset.vocabularySize: too large')).toEqual({
      kind: 'InvalidInput',
      message: 'dataset.vocabularySize: too large',
    });
  });

  it('counts as a bug when it names no kind', () => {
    const message = 'TypeError: x is undefined';
    expect(readFailedReason(message)).toEqual({ kind: 'Bug', message });
  });
});
