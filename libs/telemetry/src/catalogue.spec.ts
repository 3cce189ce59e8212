import { describe, expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';

const all = Object.values(catalogue).flatMap((group) => Object.values(group));

describe('the catalogue', () => {
  it.each(all)('names $name as Prometheus wants it', ({ name, type, help }) => {
    expect(name).toMatch(/^honyaku_[a-z0-9]+(_[a-z0-9]+)*$/);
    // Base units and no reserved endings.
    expect(name).not.toMatch(/_(milliseconds|ms|minutes|percent|kilobytes|megabytes|bucket|count|sum)$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(help).toMatch(/^[A-Z].*[^.]$/);
  });

  it('names nothing twice', () => {
    const names = all.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has rising buckets', () => {
    for (const metric of all)
      if (metric.type === 'histogram')
        expect([...metric.buckets].sort((a, b) => a - b)).toEqual([...metric.buckets]);
  });
});
