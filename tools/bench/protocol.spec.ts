import { describe, expect, it } from 'vitest';
import { firstDifference, requireSameIds } from './protocol.ts';

describe('firstDifference', () => {
  it('is undefined for the same ids', () => {
    expect(firstDifference([[1, 2], []], [[1, 2], []])).toBeUndefined();
  });
  it('is the first sentence that differs, be it in one id or in its length', () => {
    expect(firstDifference([[1], [2, 3], [4]], [[1], [2, 9], [5]])).toBe(1);
    expect(firstDifference([[1], [2, 3]], [[1], [2]])).toBe(1);
  });
  it('is the first sentence that one side has not, an empty one too', () => {
    expect(firstDifference([[1]], [[1], []])).toBe(1);
    expect(firstDifference([[1], []], [[1]])).toBe(1);
  });
});

describe('requireSameIds', () => {
  it('names the sentence and both sides’ ids', () => {
    const compare = () => requireSameIds([[1], [2, 3]], [[1], [2]], (index) => `sentence ${index + 1}`);
    expect(compare).toThrow('ids differ for sentence 2: ours [2, 3], the reference’s [2]');
  });
});
