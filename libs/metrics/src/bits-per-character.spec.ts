import { InvalidInput } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { bitsPerCharacter, countReferenceCharacters } from './bits-per-character.ts';

describe('bitsPerCharacter', () => {
  it('is one bit when every character is as likely as a coin', () => {
    expect(bitsPerCharacter(10 * Math.LN2, 10)).toBeCloseTo(1, 12);
  });

  it('keeps the mark of a loss that diverged', () => {
    expect(bitsPerCharacter(NaN, 10)).toBeNaN();
    expect(bitsPerCharacter(Infinity, 10)).toBe(Infinity);
  });

  it('refuses text without characters', () => {
    for (const characters of [0, -1, 2.5, NaN]) {
      expect(() => bitsPerCharacter(1, characters)).toThrow(InvalidInput);
    }
  });
});

describe('countReferenceCharacters', () => {
  it('counts code points, white space and one end for each sentence', () => {
    expect(countReferenceCharacters(['𠮷野家', 'a b', ''])).toBe(3 + 1 + (3 + 1) + 1);
  });
});
