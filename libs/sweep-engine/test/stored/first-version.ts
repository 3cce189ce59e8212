/**
 * What version 0.1.0 stored. `bucket` is what a bucket of it held, without weights and with few translations: eight
 * sweeps of small networks on 400 pairs of Tatoeba (CC BY 2.0 FR). `oddSweeps` were decided on by its own code: they
 * have what later versions refuse at a submission, or decide otherwise on.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { SweepLogEntry, SweepRecord, SweepView, fromJson } from '@honyaku/contracts';
import { z } from 'zod';

const OddSweep = z.strictObject({
  /** What is odd about it. */
  kind: z.string(),
  /** Of 0.1.0: trials in all, and the sweep's state after the log. */
  planned: z.int(),
  state: SweepView.shape.state,
  /** As they were stored. */
  record: z.unknown(),
  entries: z.array(z.unknown()),
});

/** Objects by their keys. */
export const bucket = read('bucket-0.1.0.json.gz', z.record(z.string(), z.string()));

export const oddSweeps = read('odd-sweeps-0.1.0.json.gz', z.array(OddSweep)).map(
  ({ record, entries, ...about }) => ({
    ...about,
    stored: { record: JSON.stringify(record), entries: entries.map((entry) => JSON.stringify(entry)) },
  }),
);

/** The record and the log of a sweep as this version reads them. @throws Corrupt */
export function readStored(stored: { readonly record: string; readonly entries: readonly string[] }) {
  return {
    record: fromJson(SweepRecord, stored.record, 'sweep.json'),
    entries: stored.entries.map((entry) => fromJson(SweepLogEntry, entry, 'an entry of the log')),
  };
}

function read<Schema extends z.ZodType>(name: string, schema: Schema): z.output<Schema> {
  const text = gunzipSync(readFileSync(new URL(name, import.meta.url))).toString();
  return fromJson(schema, text, name);
}
