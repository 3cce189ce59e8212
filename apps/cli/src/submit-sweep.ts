/** From a sweep file to a sweep: the corpus that it names goes up first, unless the API has it. */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import {
  type CorpusRecord,
  type CorpusSource,
  type CorpusUpload,
  type DatasetSettings,
  InvalidInput,
  type Preview,
  type SweepView,
  installedPaths,
  routes,
  unknownLanguage,
} from '@honyaku/contracts';
import { type CorpusFiles, writeCorpus } from '@honyaku/data';
import { type ApiClient } from '@honyaku/client';
import { countText } from './numbers.ts';
import { readSweepFile } from './sweep-file.ts';

/** @param onProgress gets a sentence now and then while the corpus is read and sent, and on what the sweep comes to */
export async function submitSweep(
  client: ApiClient,
  path: string,
  onProgress: (sentence: string) => void,
): Promise<SweepView> {
  const file = await readSweepFile(path);
  const { record, languages } = await ensureCorpus(client, file.corpus, dirname(path), onProgress);
  const sweep = file.withCorpus(record.digest, languagesToSet(record, languages));
  const { trials, epochs, notes = [] } = await file.placed(client.preview(sweep));
  for (const sentence of [planText(trials, epochs), ...notes]) onProgress(sentence);
  return file.placed(client.submit(sweep));
}

/** What a sweep comes to at most. */
export function planText(trials: number, epochs: number): string {
  return `${countText(trials, 'trial')}, at most ${countText(epochs, 'epoch')}`;
}

/** What the sweep would come to; nothing is sent but the file. */
export async function previewSweep(client: ApiClient, path: string): Promise<Preview> {
  const { corpus, withCorpus: textWith, placed } = await readSweepFile(path);
  const { digest, ...languages } = 'digest' in corpus ? corpus : await measured(corpus, dirname(path));
  const record = await client.find(routes.corpus, { digest });
  return placed(client.preview(textWith(digest, record && languagesToSet(record, languages))));
}

type Languages = Pick<CorpusRecord, 'sourceLanguage' | 'targetLanguage'>;
type NamedLanguages = { readonly [Side in keyof Languages]?: string | undefined };

/** The stored corpus, and what the sweep's file says of its languages. */
interface KnownCorpus {
  readonly record: CorpusRecord;
  readonly languages: NamedLanguages;
}

/**
 * A corpus keeps the languages that it was first stored with, so a sweep that knows others carries its own;
 * undefined where they are the same.
 */
function languagesToSet(
  { sourceLanguage, targetLanguage }: Languages,
  languages: NamedLanguages,
): DatasetSettings['languages'] {
  const known = (own: string | undefined, stored: string) =>
    own === undefined || own === unknownLanguage ? stored : own;
  const source = known(languages.sourceLanguage, sourceLanguage);
  const target = known(languages.targetLanguage, targetLanguage);
  return source === sourceLanguage && target === targetLanguage ? undefined : { source, target };
}

async function ensureCorpus(
  client: ApiClient,
  source: CorpusSource,
  baseFolder: string,
  onProgress: (sentence: string) => void,
): Promise<KnownCorpus> {
  if ('digest' in source) {
    const record = await client.find(routes.corpus, { digest: source.digest });
    if (!record) throw new InvalidInput(`corpus.digest: the API has no corpus ${source.digest}`);
    return { record, languages: source };
  }
  return withCorpus(source, baseFolder, async (corpus, path) => {
    const { digest, bytes, pairs, name, licence, sourceLanguage, targetLanguage } = corpus;
    const languages = { sourceLanguage, targetLanguage };
    const told = `corpus ${name}: ${pairs.toLocaleString('en')} pairs, ${languagesText(languages)}, licence ${licence}`;
    const known = await client.find(routes.corpus, { digest });
    if (known) {
      onProgress(`${told}, already stored${storedAs(known, languages)}`);
      return { record: known, languages };
    }
    const about: CorpusUpload = { name, licence, ...languages };
    const counted = shareReports(bytes, (share) => onProgress(`${told}: ${share}% sent`));
    const body = createReadStream(path).pipe(counted);
    return { record: await client.uploadCorpus(digest, about, Readable.toWeb(body)), languages };
  });
}

function languagesText({ sourceLanguage, targetLanguage }: Languages): string {
  const pair = `${sourceLanguage} → ${targetLanguage}`;
  return sourceLanguage === unknownLanguage || targetLanguage === unknownLanguage
    ? `${pair} (und is unknown: name it by corpus.sourceLanguage or corpus.targetLanguage)`
    : pair;
}

function storedAs(record: CorpusRecord, languages: Languages): string {
  const [stored, own] = [languagesText(record), languagesText(languages)];
  return stored === own ? '' : ` as ${stored}`;
}

async function measured(
  source: CorpusFiles,
  baseFolder: string,
): Promise<Languages & { readonly digest: string }> {
  return withCorpus(source, baseFolder, ({ digest, sourceLanguage, targetLanguage }) =>
    Promise.resolve({ digest, sourceLanguage, targetLanguage }),
  );
}

/** Lends the corpus as one file in its canonical form. */
async function withCorpus<Result>(
  source: CorpusFiles,
  baseFolder: string,
  use: (corpus: Awaited<ReturnType<typeof writeCorpus>>, path: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'honyaku-corpus-'));
  try {
    const path = join(folder, 'pairs.tsv');
    return await use(await writeCorpus(source, baseFolder, installedPaths().tatoebaPairs, path), path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Passes bytes through and tells each quarter that went. */
function shareReports(total: number, onShare: (percent: number) => void): Transform {
  let bytes = 0;
  let told = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      const percent = Math.floor((bytes / total) * 4) * 25;
      if (percent > told) onShare((told = percent));
      done(null, chunk);
    },
  });
}
