import { describe, expect, it } from 'vitest';
import { generatorFor } from '../dataset/random.ts';
import { NumberTable } from './number-table.ts';

describe('a table of numbers', () => {
  it('gives what a Map gives for 50,000 keys of up to 53 bits, however small it begins', () => {
    const generator = generatorFor('number table');
    const table = new NumberTable();
    const map = new Map<number, number>();
    const wrong: number[] = [];
    for (let value = 0; value < 50_000; value += 1) {
      const wide = (generator.next() >>> 0) * 2 ** 21 + (generator.next() >>> 11);
      const key = value % 3 === 0 ? wide % 1_000 : wide;
      if (!map.has(key)) map.set(key, value);
      if (table.getOrSet(key, value) !== map.get(key)) wrong.push(key);
    }
    expect(table.size).toBe(map.size);
    for (const [key, value] of map) if (table.get(key) !== value) wrong.push(key);
    expect(wrong).toEqual([]);
    expect(table.get(2 ** 53 - 1)).toBe(map.get(2 ** 53 - 1));
  });

  it('keeps 0, both as a key and as a value', () => {
    const table = new NumberTable(4);
    expect(table.get(0)).toBeUndefined();
    expect([table.getOrSet(0, 0), table.getOrSet(0, 7), table.get(0)]).toEqual([0, 0, 0]);
  });
});
