/** From a sweep file to a sweep: once the API has agreed to the plan, the corpus goes up, unless the API has it. */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve, dirname, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import {
  SweepView,
  toJson,
  Preview,
  canonicalLanguage,
  type CorpusRecord,
  type CorpusUpload,
  type DatasetSettings,
  cleaningOf,
  InvalidInput,
  installedPaths,
  routes,
  storedDataset,
  unknownLanguage,
  withDefaults,
} from '@honyaku/contracts';
import { writeCorpus } from '@honyaku/data';
import { type ApiClient } from '@honyaku/client';
import { printLine, notify, type CommandContext } from '../terminal.ts';
import { watch } from './watch.ts';
import { durationText, settingText, countText } from '../texts.ts';
import { tableOf, varyingParameters } from '../tables.ts';
import { type NamedStart, withStart } from '../start-model.ts';
import { type ReadSweepFile, readSweepFile } from '../sweep-file.ts';

/** `honyaku submit FILE`: prints the sweep's id, or follows it. */
export async function submit(
  context: CommandContext,
  file: string,
  options: { readonly watch: boolean },
): Promise<number> {
  const { terminal, json } = context;
  const client = await context.client();
  const sweep = await submitSweep(client, resolve(terminal.folder, file), (sentence) =>
    notify(terminal, sentence),
  );
  if (!options.watch) {
    printLine(terminal, json ? toJson(SweepView, sweep) : sweep.id);
    return 0;
  }
  if (!json) printLine(terminal, sweep.id);
  return watch(context, sweep.id);
}

/** `honyaku preview FILE`: trials, epochs, the time they would take, and the settings that do not depend on results. */
export async function preview({ terminal, json, client }: CommandContext, file: string): Promise<void> {
  const { plan, corpus } = await previewSweep(await client(), resolve(terminal.folder, file));
  if (json) return printLine(terminal, toJson(Preview, plan));
  const { trials, epochs, estimate, notes = [] } = plan;
  const settings = plan.settings.map(withDefaults);
  if (corpus) printLine(terminal, corpusText(corpus));
  printLine(terminal, planText(trials, epochs));
  printLine(
    terminal,
    estimate
      ? `about ${durationText(estimate.workerSeconds)} on one worker, going by ${estimate.fromEpochs} epochs of earlier sweeps`
      : 'no earlier sweep on this dataset shows how long an epoch takes',
  );
  for (const note of notes) printLine(terminal, note);
  const names = varyingParameters(settings);
  if (names.length === 0) return;
  const rows = settings.map((each, index) => [
    `${index + 1}`,
    ...names.map((name) => settingText(each[name])),
  ]);
  printLine(terminal, tableOf(['trial', ...names], rows));
  if (settings.length < trials) printLine(terminal, `and ${trials - settings.length} more`);
}

type WrittenCorpus = Awaited<ReturnType<typeof writeCorpus>>;
type Languages = Pick<CorpusRecord, 'sourceLanguage' | 'targetLanguage'>;

/** The corpus that a sweep file names. */
interface NamedCorpus {
  readonly digest: string;
  /** Its languages, as far as they are known here. */
  readonly languages: { readonly [Side in keyof Languages]?: string | undefined };
  /** In its canonical form; undefined where the file names it by its digest alone. */
  readonly local?: { readonly corpus: WrittenCorpus; readonly path: string };
}

/** @param onProgress gets a sentence now and then: what the sweep comes to, and how much of the corpus is sent */
export async function submitSweep(
  client: ApiClient,
  path: string,
  onProgress: (sentence: string) => void,
): Promise<SweepView> {
  return withNamed(client, path, async (file, corpus, start) => {
    const known = await file.placed(findStored(client, corpus));
    const yaml = textOf(file, corpus, start);
    const { trials, epochs, notes = [] } = await file.placed(client.preview(await file.placed(yaml(known))));
    for (const sentence of [planText(trials, epochs), ...notes]) onProgress(sentence);
    const stored = await ensureStored(client, corpus, known, onProgress);
    await start?.store(onProgress);
    return file.placed(client.submit(await yaml(stored)));
  });
}

interface PreviewedSweep {
  readonly plan: Preview;
  /** As the sweep would have it. */
  readonly corpus: DescribedCorpus | undefined;
}

/** Nothing is sent but the file. */
async function previewSweep(client: ApiClient, path: string): Promise<PreviewedSweep> {
  return withNamed(client, path, async (file, corpus, start) => {
    const { languages, local } = corpus;
    const record = await file.placed(findStored(client, corpus));
    const own = record && languagesToSet(record, languages);
    const plan = await file.placed(client.preview(await file.placed(textOf(file, corpus, start)(record))));
    const known = local?.corpus ?? record;
    if (!known) return { plan, corpus: undefined };
    const { source = known.sourceLanguage, target = known.targetLanguage } =
      file.dataset.languages ?? own ?? {};
    return { plan, corpus: { ...known, sourceLanguage: source, targetLanguage: target } };
  });
}

/** Calls `use` with the file, and the corpus and the start that it names. */
async function withNamed<Result>(
  client: ApiClient,
  path: string,
  use: (file: ReadSweepFile, corpus: NamedCorpus, start: NamedStart | undefined) => Promise<Result>,
): Promise<Result> {
  const file = await readSweepFile(path);
  const folder = dirname(path);
  return withCorpus(file, folder, (corpus) =>
    file.placed(withStart(client, file.start, folder, (start) => use(file, corpus, start))),
  );
}

/** What the API takes, given what it has of the corpus. */
function textOf(file: ReadSweepFile, { digest, languages }: NamedCorpus, start: NamedStart | undefined) {
  return async (record: CorpusRecord | undefined): Promise<string> =>
    file.completed({
      corpus: digest,
      languages: record && languagesToSet(record, languages),
      start: start?.record,
    });
}

/** Size of a sweep, at most. */
function planText(trials: number, epochs: number): string {
  return `${countText(trials, 'trial')}, at most ${countText(epochs, 'epoch')}`;
}

/** Reads the corpus, where its source names files, into a file that is there as long as it is used. */
async function withCorpus<Result>(
  { corpus: source, dataset }: Pick<ReadSweepFile, 'corpus' | 'dataset'>,
  baseFolder: string,
  use: (corpus: NamedCorpus) => Promise<Result>,
): Promise<Result> {
  if ('digest' in source) return use({ digest: source.digest, languages: source });
  const folder = await mkdtemp(join(tmpdir(), 'honyaku-corpus-'));
  try {
    const path = join(folder, 'pairs.tsv');
    const keepsOneSided = cleaningOf(storedDataset(dataset))?.oneSided ?? false;
    const { tatoebaPairs } = installedPaths();
    const corpus = await writeCorpus(source, baseFolder, tatoebaPairs, path, { keepsOneSided });
    return await use({ digest: corpus.digest, languages: corpus, local: { corpus, path } });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * A corpus keeps the languages that it was first stored with, so a sweep that knows others carries its own;
 * undefined where they are the same.
 */
function languagesToSet(
  { sourceLanguage, targetLanguage }: Languages,
  languages: NamedCorpus['languages'],
): DatasetSettings['languages'] {
  const known = (own: string | undefined, stored: string) =>
    own === undefined || own === unknownLanguage ? stored : canonicalLanguage(own);
  const source = known(languages.sourceLanguage, sourceLanguage);
  const target = known(languages.targetLanguage, targetLanguage);
  return source === sourceLanguage && target === targetLanguage ? undefined : { source, target };
}

/** What the API has of a corpus. @throws InvalidInput where neither the API nor this machine has it */
async function findStored(
  client: ApiClient,
  { digest, local }: NamedCorpus,
): Promise<CorpusRecord | undefined> {
  const known = await client.find(routes.corpus, { digest });
  if (!known && !local) throw new InvalidInput(`corpus.digest: the API has no corpus ${digest}`);
  return known;
}

/** Uploads the corpus, if it is here, unless the API has it. @param known what the API has of it */
async function ensureStored(
  client: ApiClient,
  { digest, local }: NamedCorpus,
  known: CorpusRecord | undefined,
  onProgress: (sentence: string) => void,
): Promise<CorpusRecord | undefined> {
  if (!local) return known;
  const { bytes, leftOut = 0, name, licence, sourceLanguage, targetLanguage } = local.corpus;
  if (leftOut > 0) onProgress(`${countText(leftOut, 'pair')} of ${name} left out: they lack a side`);
  const summary = corpusText(local.corpus);
  if (known) {
    const stored = languagesText(known);
    const differs = stored !== languagesText(local.corpus);
    onProgress(`${summary}, already stored${differs ? ` as ${stored}` : ''}`);
    return known;
  }
  const counted = quarterReports(bytes, (percent) => onProgress(`${summary}: ${percent}% sent`));
  const body = createReadStream(local.path).pipe(counted);
  const upload: CorpusUpload = { name, licence, sourceLanguage, targetLanguage };
  return client.uploadCorpus(digest, upload, Readable.toWeb(body));
}

type DescribedCorpus = Languages & Pick<CorpusRecord, 'name' | 'pairs' | 'licence'>;

function corpusText({ name, pairs, licence, ...languages }: DescribedCorpus): string {
  return `corpus ${name}: ${pairs.toLocaleString('en')} pairs, ${languagesText(languages)}, licence ${licence}`;
}

function languagesText({ sourceLanguage, targetLanguage }: Languages): string {
  const pair = `${sourceLanguage} → ${targetLanguage}`;
  return sourceLanguage === unknownLanguage || targetLanguage === unknownLanguage
    ? `${pair} (und is unknown: name it by corpus.sourceLanguage or corpus.targetLanguage)`
    : pair;
}

/** Passes bytes through and reports each quarter that went. */
function quarterReports(total: number, report: (percent: number) => void): Transform {
  let bytes = 0;
  let reported = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      const percent = Math.floor((bytes / total) * 4) * 25;
      if (percent > reported) report((reported = percent));
      done(null, chunk);
    },
  });
}
