/** Builds a dataset: fetches the corpus, builds in the child process, uploads, commits the manifest. */
import { join } from 'node:path';
import {
  CorpusRecord,
  DatasetManifest,
  DatasetReport,
  datasetDigestOf,
  fromJson,
  installedPaths,
  InvalidInput,
  type preprocessJob,
  PreprocessProgress,
  type StoredFile,
  toJson,
} from '@honyaku/contracts';
import { keys } from '@honyaku/storage';
import { z } from 'zod';
import { usableProcessors } from '../machine/usable-processors.ts';
import { attemptName, type Delivery, localCopy, removeAttempt, upload, withFolder } from './job-context.ts';
import { startTokenizers } from './start-files.ts';
import type { WorkerContext } from './worker-context.ts';

type Payload = z.output<typeof preprocessJob.payload>;
type Result = z.output<typeof preprocessJob.result>;

/** @throws InvalidInput when the corpus or a model is absent, or the corpus does not suit the settings */
export async function preprocess(
  context: WorkerContext,
  payload: Payload,
  delivery: Delivery,
): Promise<Result> {
  const { store } = context;
  const { corpus: corpusDigest, settings } = payload;
  const digest = datasetDigestOf(corpusDigest, settings);
  if ((await store.getText(keys.manifest(digest))) !== undefined) return { dataset: digest };

  const recordText = await store.getText(keys.corpus(corpusDigest));
  if (recordText === undefined) throw new InvalidInput(`corpus.digest: there is no corpus ${corpusDigest}`);
  const stored = fromJson(CorpusRecord, recordText, keys.corpus(corpusDigest));
  const { source = stored.sourceLanguage, target = stored.targetLanguage } = settings.languages ?? {};
  const corpus: CorpusRecord = { ...stored, sourceLanguage: source, targetLanguage: target };
  const report = (progress: PreprocessProgress) => delivery.report(z.encode(PreprocessProgress, progress));
  report({ stage: 'download', share: 0 });
  const corpusFile = await localCopy(context, keys.corpusFolder(corpusDigest), {
    key: corpus.file,
    bytes: corpus.bytes,
    sha256: corpus.digest,
  });

  const tokenizers =
    settings.tokenizers === undefined ? undefined : await startTokenizers(context, settings.tokenizers);

  return withFolder(context, async (folder) => {
    const { dataset: built, findings } = await context.preprocess.request(
      'preprocess',
      {
        corpusFile,
        settings,
        languages: { source, target },
        folder,
        tokenizers,
        pythonPath: installedPaths().sentencepiece,
        threads: usableProcessors(),
      },
      { onProgress: report, signal: delivery.signal },
    );
    report({ stage: 'upload', share: 0 });
    const attempt = attemptName(delivery);
    const uploaded = async <File extends StoredFile>(file: File): Promise<File> => {
      const name = `${attempt}/${file.key}`;
      return {
        ...file,
        ...(await upload(context, keys.datasetFolder(digest), name, join(folder, file.key))),
      };
    };
    const storedAll = async <File extends StoredFile>(files: readonly File[]): Promise<File[]> => {
      const all: File[] = [];
      for (const file of files) all.push(await uploaded(file));
      return all;
    };
    const manifest: DatasetManifest = {
      version: 1,
      digest,
      corpus,
      settings,
      ...built,
      tokenizers: {
        source: await uploaded(built.tokenizers.source),
        target: await uploaded(built.tokenizers.target),
      },
      ...(built.vocabulary ? { vocabulary: await uploaded(built.vocabulary) } : {}),
      shards: {
        train: await storedAll(built.shards.train),
        ...(built.shards.dev ? { dev: await storedAll(built.shards.dev) } : {}),
        test: await storedAll(built.shards.test),
      },
    };
    const found: DatasetReport = { sourceLanguage: source, targetLanguage: target, ...findings };
    context.logger.info({ dataset: digest, ...found }, 'built a dataset');
    await store.putIfAbsent(keys.datasetReport(digest), toJson(DatasetReport, found));
    const outcome = await store.putIfAbsent(keys.manifest(digest), toJson(DatasetManifest, manifest));
    if (outcome === 'exists') await removeAttempt(context, `${keys.datasetFolder(digest)}/${attempt}/`);
    return { dataset: digest };
  });
}
