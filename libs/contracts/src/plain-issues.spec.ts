import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeIssues } from './json.ts';

const Sweep = z.strictObject({
  name: z.string().min(1).max(5).optional(),
  trials: z.int().min(1).max(100).optional(),
  dropout: z.number().min(0).lt(1).optional(),
  rate: z.number().gt(0).optional(),
  counts: z.array(z.int().max(1)).optional(),
  quotes: z.enum(['csv', 'none']).optional(),
  kind: z.literal('tsv').optional(),
  values: z.array(z.number()).min(1).max(2).optional(),
  space: z.record(z.string(), z.number()).optional(),
  range: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('int') }),
      z.strictObject({ type: z.literal('float') }),
    ])
    .optional(),
  own: z.string('give it a name').optional(),
});

const sentence = (schema: z.ZodType, value: unknown) => {
  const { error } = schema.safeParse(value);
  return error && describeIssues(error);
};

describe('the message for a value that does not match its schema', () => {
  it.each([
    ['null for a map', null, 'must be a map, not null'],
    ['text for a map', 'x', 'must be a map, not text'],
    ['a number for text', { name: 3 }, 'name: must be text, not 3'],
    ['empty text', { name: '' }, 'name: must not be empty'],
    ['text that is too long', { name: 'longer' }, 'name: must have at most 5 characters'],
    ['text for a number', { trials: '3' }, 'trials: must be a number, not text'],
    ['a fraction for a whole number', { trials: 1.5 }, 'trials: must be a whole number, not 1.5'],
    ['what is not a number', { trials: NaN }, 'trials: must be a finite number, not NaN'],
    ['an infinite number', { rate: Infinity }, 'rate: must be a finite number, not Infinity'],
    ['more than a whole number can be', { trials: 1e20 }, 'trials: must be at most 100'],
    ['less than a whole number can be', { trials: -1e20 }, 'trials: must be at least 1'],
    [
      'a list of numbers that are too large',
      { counts: [1e20, 2] },
      'counts.0: must be at most 1; counts.1: must be at most 1',
    ],
    ['a number that is too small', { trials: 0 }, 'trials: must be at least 1'],
    ['a number that is too large', { trials: 101 }, 'trials: must be at most 100'],
    ['an exclusive upper bound', { dropout: 1 }, 'dropout: must be below 1'],
    ['an exclusive lower bound', { rate: 0 }, 'rate: must be above 0'],
    ['none of several allowed words', { quotes: 'yes' }, 'quotes: must be one of "csv", "none"'],
    ['not the only allowed word', { kind: 'x' }, 'kind: must be "tsv"'],
    ['an empty list', { values: [] }, 'values: must not be empty'],
    ['a list that is too long', { values: [1, 2, 3] }, 'values: must have at most 2 items'],
    ['a list for a map', { space: [] }, 'space: must be a map, not a list'],
    ['a range of an unknown type', { range: { type: 'flaot' } }, 'range.type: must be one of "int", "float"'],
    ['an unknown key', { trails: 3 }, 'unknown key "trails"'],
    [
      'many unknown keys',
      Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`k${n}`, n])),
      'unknown keys "k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "k8", "k9" and 2 more',
    ],
    ['a field with its own message', { own: 3 }, 'own: give it a name'],
  ])('for %s', (_, value, expected) => expect(sentence(Sweep, value)).toBe(expected));

  it('says that a field is missing', () => {
    expect(sentence(z.object({ name: z.string() }), {})).toBe('name: is missing; it must be text');
    const Either = z.object({ corpus: z.union([z.object({ digest: z.string() }), z.string()]) });
    expect(sentence(Either, {})).toBe('corpus: is missing');
  });

  it('is about the form of a union that was most likely meant', () => {
    const Corpus = z.union([
      z.strictObject({ digest: z.string() }),
      z.strictObject({ kind: z.literal('tsv'), path: z.string() }),
    ]);
    expect(sentence(Corpus, { kind: 'tsv', file: 'pairs.tsv' })).toBe(
      'path: is missing; it must be text; unknown key "file"',
    );
  });

  it('names every type that a union takes, or the one that was meant', () => {
    const Setting = z.union([z.union([z.number(), z.string()]), z.object({ low: z.number() })]);
    expect(sentence(Setting, null)).toBe('must be a number, text, or a map, not null');
    expect(sentence(Setting, Infinity)).toBe('must be a finite number, not Infinity');
    expect(sentence(Setting, NaN)).toBe('must be a finite number, not NaN');
    expect(sentence(Setting, { low: 'x' })).toBe('low: must be a number, not text');
  });
});
