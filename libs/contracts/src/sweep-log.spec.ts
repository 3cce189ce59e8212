import { describe, expect, it } from 'vitest';
import { Corrupt, NewerVersion } from './errors.ts';
import { readLogEntry } from './sweep-log.ts';

const entry = (events: readonly object[], decisions: readonly object[] = []) =>
  JSON.stringify({ sweepId: 'few-123456', sequence: 2, at: '2026-01-01T00:00:00.000Z', events, decisions });
const read = (text: string) => readLogEntry(text, 'log/00000002.json');
const note = { type: 'note', text: 'looks well', mayIgnore: true };

describe('a log entry', () => {
  it('is read without the events of a later version that may be ignored', () => {
    expect(read(entry([note, { type: 'paused' }, note])).events).toEqual([{ type: 'paused' }]);
    expect(read(entry([note])).events).toEqual([]);
  });

  it('keeps events of known types, even if they are marked as ignorable', () => {
    expect(read(entry([{ type: 'paused', mayIgnore: true }])).events).toEqual([{ type: 'paused' }]);
  });

  it.each([
    ['an event of a later version', entry([{ type: 'archived' }, { type: 'paused' }])],
    [
      'an event of a later version that is marked as not ignorable',
      entry([{ type: 'archived', mayIgnore: false }]),
    ],
    ['a decision of a later version', entry([note], [{ type: 'moved', trialId: 'few-123456-0001' }])],
    [
      'a decision of a later version that is marked as ignorable',
      entry([], [{ type: 'moved', mayIgnore: true }]),
    ],
  ])('is left to a later version if it has %s', (_, text) => {
    expect(() => read(text)).toThrow(NewerVersion);
    expect(() => read(text)).toThrow(
      /^log\/00000002\.json has an event or decision of the unknown type (archived|moved)/,
    );
  });

  it('is corrupt if no version can have written it', () => {
    expect(() => read('{"a":1}')).toThrow(Corrupt);
    expect(() => read(entry([{ type: 'pinned', pinned: 'yes' }]))).toThrow(Corrupt);
  });
});
