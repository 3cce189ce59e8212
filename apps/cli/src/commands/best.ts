import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  BestBundle,
  BundleConfig,
  fromJson,
  NewerVersion,
  routes,
  toJson,
  Cancelled,
  Corrupt,
  HonyakuError,
  InvalidInput,
  type StoredFile,
  Unavailable,
  messageOf,
  unwritable,
  usableFolder,
  urlOf,
} from '@honyaku/contracts';
import { type ApiClient } from '@honyaku/client';
import { bytesText, heldOutSetOf } from '../texts.ts';
import { bestText } from '../best-texts.ts';
import {
  type BundleForm,
  configName,
  filesOfForm,
  type FolderFiles,
  refuseOtherForm,
} from '../bundle-forms.ts';
import { findInBucket } from '../in-bucket.ts';
import { printLine, type CommandContext } from '../terminal.ts';

export interface BestOptions {
  readonly output?: string;
  readonly format?: BundleForm;
}

/**
 * `honyaku best SWEEP [--output DIR [--format FORM]]`: where the best checkpoint is, and its files when a folder is named.
 */
export async function best(
  { terminal, json, client }: CommandContext,
  sweepId: string,
  { output, format }: BestOptions,
): Promise<void> {
  if (format !== undefined && output === undefined)
    throw new InvalidInput(`--format ${format} is the form of a downloaded checkpoint: add --output DIR`);
  const api = await client();
  const folder = output === undefined ? undefined : resolve(terminal.folder, output);
  const bundle =
    folder === undefined
      ? await api.call(routes.best, { id: sweepId })
      : await downloadBest(api, sweepId, folder, terminal.interrupted, format);
  if (json) return printLine(terminal, toJson(BestBundle, bundle));
  const { config, bucket, prefix } = bundle;
  const { model } = config.files;
  const { found: report } = await findInBucket(api.find(routes.dataset, { id: sweepId }));
  const { spec } = await api.call(routes.sweep, { id: sweepId });
  const result = bestText(config, heldOutSetOf(spec), report?.lookUp);
  printLine(terminal, `${config.trialId} after epoch ${config.epoch}, ${result}`);
  printLine(terminal, `in the bucket: ${bucket}/${prefix}${model.key} (${bytesText(model.bytes)})`);
  const form = format === 'marian' ? ", in Marian's form for Hugging Face's transformers" : '';
  printLine(
    terminal,
    folder === undefined ? 'download it with --output DIR' : `downloaded and verified: ${folder}${form}`,
  );
}

/** While a better epoch takes the bundle's place, its files are for a moment not those of its config. */
const attempts = 3;
const downloadSeconds = 1800;

/**
 * Downloads model, tokenizers and config into `folder`, each checked against the sha256 that the config names. The API
 * hands the files on: the bucket is often not to be reached from where the CLI runs.
 * @returns the bundle whose files they are
 * @throws NotFound while there is no best checkpoint; Corrupt when bytes are not those of the config;
 *   InvalidInput when they cannot be written, or the form cannot hold them; Unavailable when the API or its bucket does
 *   not answer
 */
export async function downloadBest(
  client: ApiClient,
  sweepId: string,
  folder: string,
  interrupted: AbortSignal,
  form: BundleForm = 'bundle',
): Promise<BestBundle> {
  const maxTokens = async () => (await client.call(routes.sweep, { id: sweepId })).spec.dataset.maxTokens;
  for (let attempt = 1; ; attempt++) {
    const bundle = await client.call(routes.best, { id: sweepId });
    const files = await filesOfForm(form, bundle.config, maxTokens);
    await usableFolder(folder, 'the folder', 0o777);
    await refuseOtherForm(form, folder);
    try {
      await downloadFiles(client, sweepId, files, folder);
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
