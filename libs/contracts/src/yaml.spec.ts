import { describe, expect, it } from 'vitest';
import { readYaml } from './yaml.ts';

/** CPU milliseconds of this process. */
function cost(text: string): { milliseconds: number; read: ReturnType<typeof readYaml> } {
  const before = process.cpuUsage();
  const read = readYaml(text);
  const { user, system } = process.cpuUsage(before);
  return { milliseconds: (user + system) / 1000, read };
}

const keys = (count: number) => Array.from({ length: count }, (_, number) => `k${number}: 1\n`).join('');

describe('readYaml', () => {
  it('reads YAML and JSON', () => {
    expect(readYaml('a: [1, two]\n# three\nb: { c: true }\n')).toMatchObject({
      value: { a: [1, 'two'], b: { c: true } },
    });
    expect(readYaml('{"a": [1, {"b": null}]}')).toMatchObject({ value: { a: [1, { b: null }] } });
    expect(readYaml('')).toMatchObject({ value: null });
  });

  it.each([
    ['a duplicate key', 'a: 1\nb:\n  c: 1\n  c: 2\n', 4, 'the key c is given twice'],
    ['a number and the same number as text as keys', '1: a\n"1": b\n', 2, 'the key 1 is given twice'],
    [
      'a key that schemas would drop',
      'a: 1\nparameters:\n  __proto__: { dropout: 0.5 }\n',
      3,
      'key __proto__ is not',
    ],
    ['an open bracket', 'name: one\ntrials: [1, 2\n', 3, /flow/i],
    ['two documents', 'a: 1\n---\nb: 1\n', 2, /^only one document is allowed/],
    [
      'aliases of aliases',
      Array.from({ length: 30 }, (_, n) =>
        n === 0 ? 'x0: &x0 [1]' : `x${n}: &x${n} [*x${n - 1}, *x${n - 1}]`,
      ).join('\n'),
      1,
      'aliases expand to more than 100 values',
    ],
    ['too many aliases', `a: &a [1]\nb: [${'*a, '.repeat(101)}1]`, 2, '100 aliases'],
    ['deep brackets', `a:\n  ${'['.repeat(40)}`, 2, 'nested more than 32 deep'],
    ['deep lists', `a:\n  ${'- '.repeat(40)}`, 2, 'nested more than 32 deep'],
    [
      'deep maps',
      Array.from({ length: 40 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
      32,
      'nested more than 32 deep',
    ],
  ])('names the line of %s', (_what, text, line, message) => {
    const read = readYaml(text);
    expect(read).toMatchObject({ problem: { message: expect.stringMatching(message) } });
    expect('problem' in read && Math.abs(read.problem.line - line)).toBeLessThanOrEqual(1);
  });

  it('takes time in proportion to the number of keys, and names a duplicate among many', () => {
    cost(keys(5_000));
    const few = cost(keys(5_000));
    const many = cost(`${keys(20_000)}k7: 2\n`);
    expect(many.read).toEqual({ problem: { line: 20_001, message: 'the key k7 is given twice' } });
    // 16 times as long would be quadratic.
    expect(many.milliseconds).toBeLessThan(10 * few.milliseconds + 100);
  });

  it.each([
    ['200,000 brackets', '['.repeat(200_000), /nested/],
    ['100,000 lists in lists', '- '.repeat(100_000), /nested/],
    ['90,000 keys', keys(90_000), /more than 50,000 entries/],
    ['closing brackets', '}'.repeat(200_000), /unexpected }/],
    ['directives', '%a b\n'.repeat(200_000), /more than 50,000 entries/],
    ['tags', '!!str '.repeat(170_000), /more than 50,000 entries/],
    ['commas', `[${','.repeat(200_000)}`, /more than 50,000 entries/],
    ['a text that is too long', 'a'.repeat(1024 * 1024 + 1), /1048576 are allowed/],
  ])('refuses %s at once', (_what, text, message) => {
    const { read, milliseconds } = cost(text);
    expect(read).toMatchObject({ problem: { message: expect.stringMatching(message) } });
    expect(milliseconds).toBeLessThan(20_000);
  });
});
