import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Corrupt, InvalidInput, NewerVersion } from './errors.ts';
import { fromJson, parseInput, parseTolerantly, storedVersion, toJson } from './json.ts';
import { Measure } from './numbers.ts';

const Result = z.strictObject({ perplexity: Measure });

describe('toJson and fromJson', () => {
  it.each([1.5, NaN, Infinity, -Infinity])('preserve a perplexity of %s', (perplexity) => {
    expect(fromJson(Result, toJson(Result, { perplexity }), 'record')).toEqual({ perplexity });
  });

  it('write NaN as the string "NaN", never as null', () => {
    expect(toJson(Result, { perplexity: NaN })).toBe('{"perplexity":"NaN"}');
  });

  it('report a truncated or malformed record as corrupt, with its name', () => {
    expect(() => fromJson(Result, '{"perpl', 'epochs/0001/record.json')).toThrow(Corrupt);
    expect(() => fromJson(Result, '{"perplexity":null}', 'epochs/0001/record.json')).toThrow(
      /epochs\/0001\/record\.json: perplexity/,
    );
  });
});

describe('what another version wrote', () => {
  it('is read without unknown keys', () => {
    expect(fromJson(Result, '{"perplexity":3,"addedLater":{"a":1}}', 'record')).toEqual({ perplexity: 3 });
    expect(fromJson(Result, `{"perplexity":3,"version":${storedVersion}}`, 'record')).toEqual({
      perplexity: 3,
    });
  });

  it('is left to the later version that it names, and is not reported as corrupt', () => {
    const read = () =>
      fromJson(Result, `{"perplexities":[3],"version":${storedVersion + 1}}`, 'epochs/0001/record.json');
    expect(read).toThrow(NewerVersion);
    expect(read).toThrow(
      /^epochs\/0001\/record\.json is of version 2, but this process only understands versions up to 1/,
    );
  });
});

describe('parseTolerantly', () => {
  const Range = z.discriminatedUnion('type', [z.strictObject({ type: z.literal('int'), low: z.int() })]);
  const Settings = z.strictObject({
    runtime: z.strictObject({ threads: z.int().default(2) }),
    ranges: z.array(z.union([z.number(), Range])),
  });

  it('omits keys that a later version has added, at any depth', () => {
    const later = {
      runtime: { threads: 1, device: 'x' },
      ranges: [3, { type: 'int', low: 1, unit: { of: 'x' } }],
      priority: [1],
    };
    expect(parseTolerantly(Settings, later).data).toEqual({
      runtime: { threads: 1 },
      ranges: [3, { type: 'int', low: 1 }],
    });
    expect(later.runtime.device).toBe('x');
  });

  it('still refuses known keys of another shape', () => {
    const { success, error } = parseTolerantly(Settings, { runtime: { threads: 'x', y: 1 }, ranges: [] });
    expect(success).toBe(false);
    expect(error?.issues).toMatchObject([{ path: ['runtime', 'threads'] }]);
  });
});

describe('parseInput', () => {
  it('names the first twenty issues, shortened, and counts the others', () => {
    const many = { each: Array.from({ length: 90_000 }, () => 'x') };
    const attempt = () => parseInput(z.strictObject({ each: z.array(z.int()) }), many, 'list');
    expect(attempt).toThrow(/^list: each\.0: .*each\.19: .*; and 89980 more$/);
    const long = () => parseInput(z.strictObject({}), { ['k'.repeat(90_000)]: 1 }, 'keys');
    expect(long).toThrow(/^keys: .{1,600}…$/);
  });

  it('names each field and keeps the cause', () => {
    const attempt = () =>
      parseInput(z.strictObject({ trials: z.int() }), { trials: 'many', trails: 3 }, 'sweep');
    expect(attempt).toThrow(InvalidInput);
    expect(attempt).toThrow(/trials: must be a number, not text; unknown key "trails"/);
  });

  it('lists the allowed keys where one is unknown, also below defaults, lists, records and codecs', () => {
    const Inner = z.strictObject({ low: z.int().optional(), high: z.int().optional() });
    const schema = z.strictObject({
      list: z.array(Inner).default([]),
      named: z.record(z.string(), Inner).optional(),
      space: z.partialRecord(z.enum(['layers', 'dropout']), z.int()).prefault({}),
      coded: z.codec(Inner, z.custom<object>(), { decode: (value) => value, encode: () => ({}) }).optional(),
    });
    const attempt = (input: unknown) => () => parseInput(schema, input, 'sweep');
    expect(attempt({ trails: 1 })).toThrow(
      'sweep: unknown key "trails"; keys of sweep: list, named, space, coded',
    );
    expect(attempt({ list: [{}, { lo: 1 }] })).toThrow(/; keys of list\.1: low, high$/);
    expect(attempt({ named: { one: { lo: 1 } } })).toThrow(/; keys of named\.one: low, high$/);
    expect(attempt({ space: { layer: 1 } })).toThrow(/; keys of space: layers, dropout$/);
    expect(attempt({ coded: { lo: 1 } })).toThrow(/; keys of coded: low, high$/);
  });

  it('counts the rest of many issues and of many unknown keys, and cuts long messages', () => {
    const numbers = z.strictObject({ values: z.array(z.int()) });
    const attempt = (input: unknown) => () => parseInput(numbers, input, 'sweep');
    expect(attempt({ values: Array.from({ length: 1_000 }, () => 'x') })).toThrow(
      /values\.19: [^;]*; and 980 more$/,
    );
    const keys = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`key${n}`, 1]));
    expect(attempt({ values: [], ...keys })).toThrow(
      /^sweep: unknown keys .*"key9" and 990 more; keys of sweep: values$/,
    );
    expect(attempt({ values: [], ['k'.repeat(1_000)]: 1 })).toThrow(
      /^sweep: .{500}…; keys of sweep: values$/,
    );
  });
});
