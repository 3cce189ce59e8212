import { expect, it } from 'vitest';
import { allExpressions, filledIn } from './expressions.ts';

it('takes the names of variables for their values, the longer ones whole', () => {
  const text = 'a{sweep="$sweep"}[$__rate_interval] b[$__range:$__interval]';
  const values = { sweep: 'first-000000', range: '1h', interval: '15s', rateInterval: '1m' };
  expect(filledIn(text, values)).toBe('a{sweep="first-000000"}[1m] b[1h:15s]');
});

it('lists every panel and every rule, with no variable left', () => {
  const all = allExpressions({ sweep: 'first-000000' });
  expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(['panel', 'recording', 'alert']));
  expect(all.filter(({ expression }) => expression.includes('$'))).toEqual([]);
});
