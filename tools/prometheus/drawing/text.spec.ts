import { expect, it } from 'vitest';
import { valueText } from './text.ts';

it.each([
  [0, 'none', undefined, '0'],
  [12.3456, 'none', undefined, '12.3'],
  [12.3456, 'none', 3, '12.346'],
  [2430, 'short', undefined, '2.43 K'],
  [1024, 'bytes', undefined, '1 KiB'],
  [1.5 * 1024 ** 3, 'Bps', undefined, '1.5 GiB/s'],
  [0.1234, 'percentunit', 1, '12.3%'],
  [0.0421, 's', undefined, '42.1 ms'],
  [90, 's', undefined, '1.5 min'],
  [43_200, 's', undefined, '12 h'],
  [Infinity, 's', undefined, 'Infinity'],
  [NaN, 'none', 2, 'NaN'],
])('writes %d in %s with %s decimals as %s', (value, unit, decimals, text) => {
  expect(valueText(value, { unit, decimals, mappings: [] })).toBe(text);
});

it('writes what a mapping says of the value', () => {
  const mappings = [{ type: 'value' as const, options: { '1': { text: 'up' } } }];
  expect(valueText(1, { unit: 'none', decimals: undefined, mappings })).toBe('up');
  expect(valueText(2, { unit: 'none', decimals: undefined, mappings })).toBe('2');
});
