import { describe, expect, it } from 'vitest';
import { DecodingSettings, storedDecoding, submittedDecoding, tokenLimitOf } from './decoding.ts';
import { parseInput } from './json.ts';

describe('the decoding of a sweep', () => {
  it('is stored with its defaults where nobody names it, and as it is where somebody does', () => {
    const byDefault = { maxTokens: { perSourceToken: 2, plus: 50 }, beamSize: 4, lengthPenalty: 0.6 };
    expect(storedDecoding(undefined)).toEqual(byDefault);
    expect(storedDecoding(DecodingSettings.parse({ beamSize: 1 }))).toEqual({ ...byDefault, beamSize: 1 });
    expect(storedDecoding(DecodingSettings.parse({ maxTokens: { plus: 9 } }))).toEqual({
      ...byDefault,
      maxTokens: { perSourceToken: 2, plus: 9 },
    });
  });

  it('of a sweep that stores none is greedy up to 100 tokens, as before, and stays so when it is submitted again', () => {
    expect(submittedDecoding(undefined)).toMatchObject({ maxTokens: 100, beamSize: 1 });
    expect(storedDecoding(submittedDecoding(undefined))).toBeUndefined();
    const stored = DecodingSettings.parse({ maxTokens: 100 });
    expect(storedDecoding(submittedDecoding(stored))).toEqual(stored);
  });

  it.each([
    [{ maxTokens: 0 }, 'maxTokens'],
    [{ maxTokens: { perSourceToken: -1 } }, 'maxTokens.perSourceToken'],
    [{ maxTokens: { plus: 0 } }, 'maxTokens.plus'],
    [{ beamSize: 33 }, 'beamSize'],
    [{ beam: 4 }, 'maxTokens, beamSize, lengthPenalty'],
  ])('is refused as %j by the field', (settings, field) => {
    expect(() => parseInput(DecodingSettings, settings, 'decoding')).toThrow(field);
  });

  it.each([
    [{ perSourceToken: 2, plus: 50 }, 7, 64],
    [{ perSourceToken: 2, plus: 50 }, 0, 50],
    [{ perSourceToken: 2, plus: 50 }, 400, 513],
    [{ perSourceToken: 1.5, plus: 1 }, 3, 5],
    [100, 400, 100],
    [4_000, 1, 4_000],
  ])('with the limit %j cuts the translation of %d tokens at %d', (limit, sourceTokens, tokens) => {
    expect(tokenLimitOf(limit, sourceTokens, 513)).toBe(tokens);
  });
});
