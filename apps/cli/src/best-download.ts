/** The best bundle on this machine, each file checked against the sha256 that the bundle's config names. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  type BestBundle,
  BundleConfig,
  Cancelled,
  Corrupt,
  HonyakuError,
  type StoredFile,
  Unavailable,
  digestOf,
  fromJson,
  messageOf,
} from '@honyaku/contracts';
import { z } from 'zod';
import { type ApiClient } from './client.ts';

/** While a better epoch takes the bundle's place, its files are for a moment not those of its config. */
const attempts = 3;
const downloadSeconds = 1800;

/**
 * Downloads model, tokenizers and config into `folder`.
 * @returns the bundle whose files they are
 * @throws NotFound while there is no best checkpoint; Corrupt when bytes are not what the config says;
 *   Unavailable when the bucket does not answer
 */
export async function downloadBest(
  client: ApiClient,
  sweepId: string,
  folder: string,
  interrupted: AbortSignal,
): Promise<BestBundle> {
  await mkdir(folder, { recursive: true });
  for (let attempt = 1; ; attempt++) {
    const bundle = await client.best(sweepId);
    try {
      await downloadFiles(bundle, folder, interrupted);
      return bundle;
    } catch (error) {
      if (interrupted.aborted) throw new Cancelled('interrupted', { cause: error });
      if (!(error instanceof HonyakuError)) {
        throw new Unavailable(`the download broke: ${messageOf(error)}`, { cause: error });
      }
      if (!(error instanceof Corrupt) || attempt === attempts) throw error;
    }
  }
}

async function downloadFiles({ config, urls }: BestBundle, folder: string, stop: AbortSignal): Promise<void> {
  const { model, source, target } = config.files;
  const text = await (await get(urls.config, 'config.json', stop)).text();
  const wire = z.encode(BundleConfig, config);
  if (digestOf(z.encode(BundleConfig, fromJson(BundleConfig, text, 'config.json'))) !== digestOf(wire)) {
    throw new Corrupt('config.json in the bucket is not what the API says');
  }
  await downloadFile(urls.model, model, folder, stop);
  await downloadFile(urls.source, source, folder, stop);
  await downloadFile(urls.target, target, folder, stop);
  await writeFile(join(folder, 'config.json'), text);
}

async function downloadFile(url: string, file: StoredFile, folder: string, stop: AbortSignal): Promise<void> {
  const response = await get(url, file.key, stop);
  if (!response.body) throw new Corrupt(`${file.key} is empty`);
  const path = join(folder, basename(file.key));
  const partial = `${path}.partial`;
  const hash = createHash('sha256');
  let bytes = 0;
  const measured = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(response.body), measured, createWriteStream(partial));
    const sha256 = hash.digest('hex');
    if (bytes !== file.bytes || sha256 !== file.sha256) {
      throw new Corrupt(
        `${file.key}: got ${bytes} bytes with sha256 ${sha256}, expected ${file.bytes} with ${file.sha256}`,
      );
    }
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}

async function get(url: string, name: string, stop: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, {
      signal: AbortSignal.any([stop, AbortSignal.timeout(downloadSeconds * 1000)]),
    });
  } catch (cause) {
    throw new Unavailable(`${name} can not be fetched from the bucket: ${messageOf(cause)}`, { cause });
  }
  if (!response.ok) throw new Unavailable(`the bucket answered ${response.status} for ${name}`);
  return response;
}
