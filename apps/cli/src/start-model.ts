/** The model that a sweep file starts from: found, checked, and stored by the API before the sweep is submitted. */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import {
  Corrupt,
  InvalidInput,
  NotFound,
  type StartRecord,
  type StartSource,
  messageOf,
  routes,
} from '@honyaku/contracts';
import { type ApiClient } from '@honyaku/client';
import { bytesText } from './texts.ts';
import { readBundleFolder, readMarianFolder, type StartFolder } from './start-folders.ts';

export interface NamedStart {
  readonly record: StartRecord;
  /** Stores it unless the API has it. @param onProgress gets a sentence now and then */
  readonly store: (onProgress: (sentence: string) => void) => Promise<void>;
}

/**
 * Calls `use` with the model, whose files are there as long as it is used.
 * @throws InvalidInput naming the field and what is wrong with the model
 */
export async function withStart<Result>(
  client: ApiClient,
  source: StartSource | undefined,
  baseFolder: string,
  use: (start: NamedStart | undefined) => Promise<Result>,
): Promise<Result> {
  if (!source) return use(undefined);
  const folder = await mkdtemp(join(tmpdir(), 'honyaku-start-'));
  try {
    return await use(await findStart(client, source, baseFolder, folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function findStart(
  client: ApiClient,
  source: StartSource,
  baseFolder: string,
  temporary: string,
): Promise<NamedStart> {
  if ('digest' in source) {
    const record = await client.find(routes.start, source);
    if (!record) throw new InvalidInput(`start.digest: the API has no model ${source.digest}`);
    return { record, store: async () => undefined };
  }
  if ('trial' in source) {
    const of = { id: source.trial, epoch: source.epoch };
    const record = await named('trial', client.call(routes.trialStart, of));
    const store = async () => void (await client.call(routes.storeTrialStart, of));
    return { record, store };
  }
  const read =
    'bundle' in source
      ? named('bundle', readBundleFolder(resolve(baseFolder, source.bundle)))
      : named('marian', readMarianFolder(resolve(baseFolder, source.marian), temporary));
  const found = await read;
  return { record: found.record, store: (onProgress) => upload(client, found, onProgress) };
}

/** Puts the field before what is wrong with what it names. */
function named<Found>(field: string, found: Promise<Found>): Promise<Found> {
  return found.catch((error: unknown) => {
    if (error instanceof InvalidInput || error instanceof Corrupt || error instanceof NotFound)
      throw new InvalidInput(`start.${field}: ${messageOf(error)}`, { cause: error });
    throw error;
  });
}

async function upload(
  client: ApiClient,
  { record, paths }: StartFolder,
  onProgress: (sentence: string) => void,
): Promise<void> {
  const { name, digest, files } = record;
  if (await client.find(routes.start, { digest })) return onProgress(`${name} is already stored`);
  onProgress(`${name}: ${bytesText(files.model.bytes)} are sent`);
  for (const [file, path] of paths) {
    const content = files[file];
    if (content) await client.uploadStartFile(content.sha256, Readable.toWeb(createReadStream(path)));
  }
  await client.storeStart(record);
}
