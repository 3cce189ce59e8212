/** `honyaku corpus check`: all that is wrong with a corpus, at once, before anything is sent. */
import { dirname, resolve, sep } from 'node:path';
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import {
  Cancelled,
  CleaningReport,
  CleaningSettings,
  cleaningOf,
  InvalidInput,
  installedPaths,
  pairsLeftOut,
  storedDataset,
  toJson,
} from '@honyaku/contracts';
import { checkCorpus, type CorpusCheck, type CorpusFiles, guessForm, type Refusal } from '@honyaku/data';
import { z } from 'zod';
import { checkTexts } from '../corpus-texts.ts';
import { readSweepFile } from '../sweep-file.ts';
import { columnsOf, type CommandContext, exitCodes, printLine } from '../terminal.ts';

export interface CheckOptions {
  readonly source?: string;
  readonly target?: string;
  readonly sourceColumn?: number;
  readonly targetColumn?: number;
}

/** What the command prints with --json. */
const CorpusCheckJson = z.strictObject({
  name: z.string(),
  languages: z.strictObject({ source: z.string(), target: z.string() }),
  /** Pairs that could be read. */
  pairs: z.int(),
  /** What a submission would refuse. */
  refused: z.array(z.strictObject({ kind: z.string(), count: z.int(), examples: z.array(z.string()) })),
  cleaning: CleaningReport,
});

/** @returns the exit code: 0, or 1 where a submission would be refused or no pair is left */
export async function check(
  { terminal, json }: CommandContext,
  files: readonly string[],
  options: CheckOptions,
): Promise<number> {
  const { source, baseFolder, cleaning } = await corpusOf(
    files.map((file) => resolve(terminal.folder, file)),
    options,
  );
  const places = { baseFolder, tatoebaPairs: installedPaths().tatoebaPairs };
  const checked = await checkCorpus(source, places, cleaning, async () => {
    await yieldToEventLoop();
    if (terminal.interrupted.aborted) throw new Cancelled('the check was stopped');
  });
  const found = { ...checked, refused: checked.refused.map((each) => within(terminal.folder, each)) };
  if (json) printLine(terminal, toJson(CorpusCheckJson, jsonOf(found)));
  else for (const line of checkTexts(found, columnsOf(terminal.output))) printLine(terminal, line);
  const isNothingLeft = pairsLeftOut(found.cleaning) === found.pairs;
  return found.refused.length > 0 || isNothingLeft ? exitCodes.failed : exitCodes.completed;
}

/** Names files by their paths in the folder. */
function within(folder: string, refusal: Refusal): Refusal {
  return { ...refusal, examples: refusal.examples.map((text) => text.replaceAll(`${folder}${sep}`, '')) };
}

function jsonOf({
  name,
  languages,
  pairs,
  refused,
  cleaning,
}: CorpusCheck): z.output<typeof CorpusCheckJson> {
  return {
    name,
    languages,
    pairs,
    refused: refused.map((each) => ({ ...each, examples: [...each.examples] })),
    cleaning,
  };
}

interface CheckedCorpus {
  readonly source: CorpusFiles;
  readonly baseFolder: string;
  readonly cleaning: CleaningSettings;
}

/** The corpus of a sweep file with its settings, or that of the files themselves with the defaults. */
async function corpusOf(paths: readonly string[], options: CheckOptions): Promise<CheckedCorpus> {
  const [first = ''] = paths;
  const baseFolder = dirname(first);
  if (!/\.ya?ml$/.test(first)) {
    const { source: sourceLanguage, target: targetLanguage, ...columns } = options;
    const source = await guessForm(paths, { sourceLanguage, targetLanguage, ...columns });
    return { source, baseFolder, cleaning: CleaningSettings.parse({}) };
  }
  const { corpus, dataset } = await readSweepFile(first);
  if ('digest' in corpus)
    throw new InvalidInput(
      'corpus.digest: names a corpus that is stored already; give the files of a new one',
    );
  // Without cleaning in the sweep, the check shows what the defaults would leave out.
  const cleaning = cleaningOf(storedDataset(dataset)) ?? CleaningSettings.parse({});
  return { source: corpus, baseFolder, cleaning };
}
