/** Downloads of the best checkpoint, in each form that a folder can hold it. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ApiClient } from '@honyaku/client';
import {
  type BestBundle,
  BundleConfig,
  fromJson,
  NewerVersion,
  routes,
  Cancelled,
  Corrupt,
  HonyakuError,
  type StoredFile,
  Unavailable,
  messageOf,
  unwritable,
  usableFolder,
  urlOf,
} from '@honyaku/contracts';
import {
  type BundleForm,
  configName,
  filesOfForm,
  type FolderFiles,
  refuseOtherForm,
} from './bundle-forms.ts';
import {
  convertToCTranslate2,
  ctranslate2Files,
  prepareCTranslate2,
  type Quantization,
} from './ctranslate2.ts';

/** While a better epoch takes the bundle's place, its files are for a moment not those of its config. */
const attempts = 3;
const downloadSeconds = 1800;

export interface DownloadSettings {
  readonly interrupted: AbortSignal;
  /** The bundle's own unless said. */
  readonly form?: BundleForm | undefined;
  /** Of the form ctranslate2; float32 unless said. */
  readonly quantization?: Quantization | undefined;
  /** Takes a line for the person who waits. */
  readonly report?: (line: string) => void;
}

/**
 * Downloads model, tokenizers and config into `folder`, each checked against the sha256 that the config names, and brings
 * them into the form that is asked for. The API hands the files on: the bucket is often not to be reached from where the
 * CLI runs.
 * @returns the bundle whose files they are
 * @throws NotFound while there is no best checkpoint; Corrupt when bytes are not those of the config;
 *   InvalidInput when they cannot be written, or the form cannot hold them; Unavailable when the API or its bucket does
 *   not answer
 */
export async function downloadBest(
  client: ApiClient,
  sweepId: string,
  folder: string,
  { interrupted, form = 'bundle', quantization = 'float32', report = () => undefined }: DownloadSettings,
): Promise<BestBundle> {
  const maxTokens = async () => (await client.call(routes.sweep, { id: sweepId })).spec.dataset.maxTokens;
  for (let attempt = 1; ; attempt++) {
    const bundle = await client.call(routes.best, { id: sweepId });
    const files = await filesOfForm(form, bundle.config, maxTokens);
    await usableFolder(folder, 'the folder', 0o777);
    await refuseOtherForm(form, folder);
    try {
      if (form === 'ctranslate2') {
        await prepareCTranslate2({ interrupted, report });
        await downloadConverted(client, sweepId, files, folder, (marian, output) =>
          convertToCTranslate2(marian, output, quantization, { interrupted, report }),
        );
      } else await downloadFiles(client, sweepId, files, folder);
      return bundle;
    } catch (error) {
      if (interrupted.aborted) throw new Cancelled('interrupted', { cause: error });
      // Only errors of the file system name a system call: fetch wraps those of its connection.
      if (error instanceof Error && 'syscall' in error) throw unwritable(`a file of ${folder}`, error);
      if (!(error instanceof HonyakuError)) {
        throw new Unavailable(`the download broke: ${messageOf(error)}`, { cause: error });
      }
      if (!(error instanceof Corrupt) || attempt === attempts) throw error;
    }
  }
}

/** Replaces earlier files only once all new ones are downloaded, so that the folder never mixes two bundles. */
async function downloadFiles(
  client: ApiClient,
  sweepId: string,
  { stored: storedFiles, texts }: FolderFiles,
  folder: string,
): Promise<void> {
  const partial = (name: string) => join(folder, `${name}.partial`);
  const names = [...storedFiles.map(({ name }) => name), ...texts.keys()];
  try {
    for (const { file, stored, name } of storedFiles) {
      const address = urlOf(routes.bestFile, { id: sweepId, file });
      await downloadFile(client, address, stored, partial(name));
    }
    for (const [name, text] of texts) await writeFile(partial(name), text);
    // The config is removed first and renamed last: a process that ends in between leaves none that names other files.
    const outdated = (await filesOfEarlier(folder)).filter((name) => !names.includes(name));
    for (const name of [configName, ...outdated]) await rm(join(folder, name), { force: true });
    for (const name of names) await rename(partial(name), join(folder, name));
  } finally {
    // An error of the cleanup must not hide the one that led to it.
    for (const name of names) await rm(partial(name), { force: true }).catch(() => undefined);
  }
}

/** Those of the bundle that the folder holds, which need not be of the same sweep; none if it holds none. */
async function filesOfEarlier(folder: string): Promise<string[]> {
  const path = join(folder, configName);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  try {
    const { files } = fromJson(BundleConfig, text, path);
    return Object.values(files).map(({ key }) => basename(key));
  } catch (error) {
    // It is in another form, in which a folder's files always have the same names, or no bundle's.
    if (error instanceof Corrupt || error instanceof NewerVersion) return [];
    throw error;
  }
}

/** Replaces an earlier model only once the new one is converted. */
async function downloadConverted(
  client: ApiClient,
  sweepId: string,
  files: FolderFiles,
  folder: string,
  convert: (marian: string, output: string) => Promise<void>,
): Promise<void> {
  const [marian, converted] = [join(folder, 'marian.partial'), join(folder, 'ctranslate2.partial')];
  const removeBoth = async () => {
    for (const partial of [marian, converted]) await rm(partial, { recursive: true, force: true });
  };
  // Of a process that was killed.
  await removeBoth();
  try {
    await mkdir(marian);
    await downloadFiles(client, sweepId, files, marian);
    await convert(marian, converted);
    // The config is removed first and renamed last, as above.
    await rm(join(folder, configName), { force: true });
    for (const name of ctranslate2Files.tokenizers) await rename(join(marian, name), join(folder, name));
    for (const name of ctranslate2Files.converted) await rename(join(converted, name), join(folder, name));
  } finally {
    await removeBoth().catch(() => undefined);
  }
}

async function downloadFile(
  client: ApiClient,
  address: string,
  file: StoredFile,
  path: string,
): Promise<void> {
  const response = await client.send(address, { seconds: downloadSeconds });
  if (!response.body) throw new Corrupt(`${file.key} is empty`);
  const hash = createHash('sha256');
  let bytes = 0;
  const measured = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(response.body), measured, createWriteStream(path));
  const sha256 = hash.digest('hex');
  if (bytes !== file.bytes || sha256 !== file.sha256) {
    throw new Corrupt(
      `${file.key}: got ${bytes} bytes with sha256 ${sha256}, expected ${file.bytes} with ${file.sha256}`,
    );
  }
}
