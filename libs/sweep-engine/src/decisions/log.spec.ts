import { type SweepEvent, defaultHyperparameters, SweepRecord, toJson } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { sizeOfBatch, replay } from './log.ts';
import { bucket, oddSweeps, readStored } from '../../test/stored/first-version.ts';

const small: SweepEvent = { type: 'time-passed' };
const byHand = (count: number): SweepEvent => ({
  type: 'trials-added',
  trials: Array.from({ length: count }, () => ({ hyperparameters: defaultHyperparameters })),
});

describe('events that wait for one sweep', () => {
  it('go into one entry together, but for what is large', () => {
    expect(sizeOfBatch([])).toBe(0);
    expect(sizeOfBatch(Array<SweepEvent>(64).fill(small))).toBe(64);
    expect(sizeOfBatch([byHand(600), small, byHand(600), small])).toBe(2);
    expect(sizeOfBatch([byHand(1_000), byHand(1_000)])).toBe(1);
    expect(sizeOfBatch([small, byHand(5_000)])).toBe(1);
  });
});

const ids = [...new Set(Object.keys(bucket).flatMap((key) => /^sweeps\/([^/]+)\//.exec(key)?.[1] ?? []))];

/** Of a sweep in the bucket. */
function storedOf(id: string) {
  const log = Object.keys(bucket).filter((key) => key.startsWith(`sweeps/${id}/log/`));
  const text = (key: string) => bucket[key] ?? '';
  return { record: text(`sweeps/${id}/sweep.json`), entries: log.toSorted().map(text) };
}

describe('a sweep that version 0.1.0 stored', () => {
  it.each(ids)('replays to the same decisions: %s', (id) => {
    const { record, entries } = readStored(storedOf(id));
    expect(entries.length).toBeGreaterThan(2);
    expect(replay(record, entries).differing).toEqual([]);
  });

  it.each(oddSweeps)('replays to the same decisions with $kind', ({ stored, planned, state }) => {
    const { record, entries } = readStored(stored);
    const again = replay(record, entries);
    expect(again.differing).toEqual([]);
    expect(again.state.sweep).toMatchObject({ state, trials: { planned } });
  });

  it('is stored again as it was', () => {
    for (const { stored } of oddSweeps)
      expect(JSON.parse(toJson(SweepRecord, readStored(stored).record))).toEqual(JSON.parse(stored.record));
  });
});

describe('a sweep of this version', () => {
  it.each(oddSweeps.filter(({ state }) => state === 'completed'))(
    'is decided on by the rules of today with $kind',
    ({ kind, stored }) => {
      const { id } = readStored(stored).record;
      const renamed = (text: string) => text.replaceAll(id, id.replace(/[^-]+$/, '0123456789abcdef'));
      const { record, entries } = readStored({
        record: renamed(stored.record),
        entries: stored.entries.map(renamed),
      });
      const decidesOtherwise = replay(record, entries).differing.length > 0;
      expect(decidesOtherwise).toBe(/TPE|of (one|two) trial/.test(kind));
    },
  );
});
