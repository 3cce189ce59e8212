/** From a sweep file to a sweep: the corpus that it names goes up first, unless the API has it. */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import {
  type CorpusSource,
  type CorpusUpload,
  InvalidInput,
  type Preview,
  type SweepView,
  installedPaths,
} from '@honyaku/contracts';
import { writeCorpus } from '@honyaku/data';
import { type ApiClient } from './client.ts';
import { readSweepFile } from './sweep-file.ts';

/** @param onProgress gets a sentence now and then while the corpus is read and sent */
export async function submitSweep(
  client: ApiClient,
  path: string,
  onProgress: (sentence: string) => void,
): Promise<SweepView> {
  const file = await readSweepFile(path);
  const digest = await ensureCorpus(client, file.corpus, dirname(path), onProgress);
  return client.submit(file.withDigest(digest));
}

/** What the sweep would come to; nothing is sent but the file. */
export async function previewSweep(client: ApiClient, path: string): Promise<Preview> {
  const { corpus, withDigest } = await readSweepFile(path);
  const digest =
    'digest' in corpus
      ? corpus.digest
      : await withCorpus(corpus, dirname(path), ({ digest: measured }) => Promise.resolve(measured));
  return client.preview(withDigest(digest));
}

async function ensureCorpus(
  client: ApiClient,
  source: CorpusSource,
  baseFolder: string,
  onProgress: (sentence: string) => void,
): Promise<string> {
  if ('digest' in source) {
    if (await client.corpus(source.digest)) return source.digest;
    throw new InvalidInput(`corpus.digest: the API has no corpus ${source.digest}`);
  }
  return withCorpus(source, baseFolder, async (corpus, path) => {
    const { digest, bytes, pairs, name, licence, sourceLanguage, targetLanguage } = corpus;
    const told = `corpus ${name}: ${pairs.toLocaleString('en')} pairs, ${licence}`;
    if (await client.corpus(digest)) {
      onProgress(`${told}, already stored`);
      return digest;
    }
    const about: CorpusUpload = { name, licence, sourceLanguage, targetLanguage };
    const counted = shareReports(bytes, (share) => onProgress(`${told}: ${share}% sent`));
    await client.uploadCorpus(digest, about, createReadStream(path).pipe(counted));
    return digest;
  });
}

/** Lends the corpus as one file in its canonical form. */
async function withCorpus<Result>(
  source: Exclude<CorpusSource, { digest: string }>,
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
