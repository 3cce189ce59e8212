/**
 * What version 0.1.0 stored. `bucket` is what a bucket of it held, without weights and with few translations: eight
 * sweeps of small networks on 400 pairs of Tatoeba (CC BY 2.0 FR). `bucketFiles` are the rest of what its paused sweep
 * needs to go on. `oddSweeps` were decided on by its own code: they
 * have what later versions refuse at a submission, or decide otherwise on.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { SweepRecord, SweepView, fromJson, readLogEntry } from '@honyaku/contracts';
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

const JsonSchemas = z.record(z.string(), z.record(z.string(), z.json()));
const Readers = z.object({ $defs: JsonSchemas, properties: JsonSchemas });

/** Objects by their keys. */
export const bucket = read('bucket-0.1.0.json.gz', z.record(z.string(), z.string()));

/** Objects that are no text, by their keys: corpus, dataset, and the last checkpoints of the paused sweep. */
export const bucketFiles = read(
  'bucket-files-0.1.0.json.gz',
  z.record(
    z.string(),
    z.base64().transform((text) => Buffer.from(text, 'base64')),
  ),
);

export const oddSweeps = read('odd-sweeps-0.1.0.json.gz', z.array(OddSweep)).map(
  ({ record, entries, ...about }) => ({
    ...about,
    stored: { record: JSON.stringify(record), entries: entries.map((entry) => JSON.stringify(entry)) },
  }),
);

/** Rows, messages, progress and payloads that its processes exchanged, by their kinds. */
export const exchanged = readFixture('written-0.1.0.json', z.record(z.string(), z.array(z.unknown())));

/**
 * What its processes read, as JSON schemas that its own schemas were turned into: a property for each kind of record,
 * row, message and payload. They refuse unknown keys.
 */
const readers = readersByKind();

/** Whether processes of 0.1.0 read the text as what it is. */
export function isReadByFirstVersion(kind: string, text: string): boolean {
  return readers.get(kind)?.safeParse(JSON.parse(text)).success === true;
}

/** The kinds of records in a bucket, by their keys. */
export const recordKeys = {
  sweepRecord: /^sweeps\/[^/]+\/sweep\.json$/,
  trialRecord: /\/trial\.json$/,
  logEntry: /\/log\/\d+\.json$/,
  epochRecord: /\/record\.json$/,
  evaluationRecord: /\/evaluation\.json$/,
  translationList: /\/translations(-\d+-cut)?\.json$/,
  bundleConfig: /\/best\/config\.json$/,
  datasetManifest: /\/manifest\.json$/,
  corpusRecord: /\/corpus\.json$/,
} as const;

function readersByKind(): ReadonlyMap<string, z.ZodType> {
  const { $defs, properties } = readFixture('readers-0.1.0.json', Readers);
  return new Map(
    Object.entries(properties).map(([kind, one]) => [kind, z.fromJSONSchema({ $defs, ...one })]),
  );
}

/** The record and the log of a sweep as this version reads them. @throws Corrupt */
export function readStored(stored: { readonly record: string; readonly entries: readonly string[] }) {
  return {
    record: fromJson(SweepRecord, stored.record, 'sweep.json'),
    entries: stored.entries.map((entry) => readLogEntry(entry, 'an entry of the log')),
  };
}

function read<Schema extends z.ZodType>(name: string, schema: Schema): z.output<Schema> {
  const text = gunzipSync(readFileSync(new URL(name, import.meta.url))).toString();
  return fromJson(schema, text, name);
}

function readFixture<Schema extends z.ZodType>(name: string, schema: Schema): z.output<Schema> {
  return fromJson(schema, readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8'), name);
}
