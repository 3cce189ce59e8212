import { expect, it, describe } from 'vitest';
import { allExpressions, filledIn, labelsOf, metricsOf } from './expressions.ts';

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

describe('metricsOf', () => {
  it.each([
    ['up', ['up']],
    ['sum by (queue) (rate(honyaku_x_bucket{a="b"}[5m]))', ['honyaku_x_bucket']],
    ['a / on (b) group_left (c) max without (d) (e{f!~"g"})', ['a', 'e']],
    ['honyaku:workers_up:sum > 0 or vector(0)', ['honyaku:workers_up:sum']],
    ['absent(up{job="a"}) and up unless down', ['up', 'down']],
    ['last_over_time((a * b)[1h:15s])', ['a', 'b']],
    ['count_values by (t) ("epoch", a)', ['a']],
    ['{__name__="a", b="c"} + {"d.e", f="g"}', ['a', 'd.e']],
    ['label_replace(vector(0), "a", "b", "", "")', []],
  ])('of %s are %j', (expression, names) => {
    expect(metricsOf(expression)).toEqual(names);
  });

  it.each(['sum(', 'a b', '', '{__name__=~"a.*"}', 'rate(a[5m]'])('refuses %j', (expression) => {
    expect(() => metricsOf(expression)).toThrow(/PromQL|without a metric/);
  });
});

describe('labelsOf', () => {
  it.each([
    ['sum by (queue, state) (a{b="c", d=~"e"})', ['queue', 'state', 'b', 'd']],
    ['a / on (b) group_left (c) max without (d) (e)', ['b', 'c', 'd']],
    ['{__name__="a", "b.c"="d"}', ['b.c']],
    ['{"a.b", c="d"}', ['c']],
  ])('of %s are %j', (expression, names) => {
    expect(labelsOf(expression)).toEqual(names);
  });
});
