/** The whole of honyaku once: a sweep from its file to translated sentences, with its real parts. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SampleTranslation, messageOf, routes } from '@honyaku/contracts';
import {
  type Stack,
  bytesText,
  downloadBest,
  durationText,
  startStack,
  submitSweep,
  trialTable,
  watchSweep,
  writeReport,
} from '@honyaku/cli';
import { ApiClient } from '@honyaku/client';
import { parseDocument } from 'yaml';
import { type DemoOptions } from './options.ts';
import { failuresOf } from './verdict.ts';

export interface DemoContext {
  readonly output: NodeJS.WriteStream;
  /** Aborts on Ctrl-C. */
  readonly interrupted: AbortSignal;
}

const sweepFile = fileURLToPath(new URL('sweep.yaml', import.meta.url));
const name = 'demo';

/** @returns what failed, a sentence each. @throws what kept it from getting that far; nothing runs afterwards */
export async function demo(options: DemoOptions, { output, interrupted }: DemoContext): Promise<string[]> {
  const began = performance.now();
  const print = (line: string) => void output.write(`${line}\n`);
  const since = () => durationText((performance.now() - began) / 1000);
  const folder = resolve(options.folder);
  print(`… starting Redis, the object store, the API and two workers in ${folder}`);
  const stack = await startStack({
    folder,
    fresh: options.fresh,
    interrupted,
    onEvent: (sentence) => print(`  ${sentence}`),
  });
  const ended = AbortSignal.any([interrupted, stack.lost]);
  try {
    print(`✓ started after ${since()}: ${stack.apiUrl}`);
    const failures = await runSweep(stack, options, { output, interrupted: ended }, print);
    print(failures.length === 0 ? `✓ all is well after ${since()}` : `✗ done after ${since()}`);
    if (options.keep) {
      failures.forEach(print);
      print(`The API stays at ${stack.apiUrl} (its page: ${stack.apiUrl}/docs) until Ctrl-C.`);
      if (!ended.aborted) await once(ended, 'abort');
      stack.lost.throwIfAborted();
    }
    return failures;
  } catch (error) {
    stack.lost.throwIfAborted();
    throw error;
  } finally {
    if (interrupted.aborted) print('… stopping; Ctrl-C again kills');
    await cancelUnfinished(stack);
    await stack.stop();
    print('✓ everything is stopped');
  }
}

async function runSweep(
  stack: Stack,
  options: DemoOptions,
  context: DemoContext,
  print: (line: string) => void,
): Promise<string[]> {
  const { output, interrupted } = context;
  const client = new ApiClient({ url: stack.apiUrl }, interrupted);
  // Trials of a run that was killed would train beside ours.
  await cancelUnfinished(stack);

  print('… submitting the sweep');
  const { id } = await submitSweep(client, await sweepFileFor(options, stack.folder), (sentence) =>
    print(`  ${sentence}`),
  );
  print(`✓ submitted ${id}`);

  const { sweep, trials } = await watchSweep(client, id, { ...context, messages: output });
  print(trialTable(sweep, trials, output.columns));
  if (!sweep.best) return [`the sweep has no best trial: ${sweep.reason ?? sweep.state}`];

  print('… reading the best checkpoint back from the bucket');
  const bestFolder = join(stack.folder, 'best', id);
  const bundle = await downloadBest(client, id, bestFolder, interrupted);
  const { model } = bundle.config.files;
  print(`✓ best checkpoint: ${bundle.bucket}/${bundle.prefix}${model.key}, ${bytesText(model.bytes)}`);
  print(`  a copy, its sha256 verified: ${join(bestFolder, model.key)}`);

  print('… translating held-out sentences with it');
  const sentences = bundle.samples.map(({ source }) => source);
  const translated = await client.translate(id, { sentences, sample: false, seed: 1 });
  printTranslations(
    bundle.samples,
    translated.translations.map(({ output }) => output),
    print,
  );

  const report = join(stack.folder, 'report.html');
  await writeReport(client, id, report);
  print(`✓ report: ${report}`);
  return failuresOf({ sweep, trials, bundle, translated });
}

function printTranslations(
  samples: readonly SampleTranslation[],
  outputs: readonly string[],
  print: (line: string) => void,
): void {
  for (const [index, { source, reference }] of samples.entries()) {
    print(`  source     ${source}`);
    print(`  output     ${outputs[index] ?? ''}`);
    print(`  reference  ${reference}`);
    print('');
  }
}

/** sweep.yaml, or a copy of it with another number of pairs. */
async function sweepFileFor({ pairs }: DemoOptions, folder: string): Promise<string> {
  if (pairs === undefined) return sweepFile;
  const document = parseDocument(await readFile(sweepFile, 'utf8'));
  document.setIn(['dataset', 'maxPairs'], pairs);
  const path = join(folder, 'demo-sweep.yaml');
  await writeFile(path, document.toString());
  return path;
}

/** The demo's own sweeps that have not ended; also after Ctrl-C, so not by the client that it interrupts. */
async function cancelUnfinished(stack: Stack): Promise<void> {
  const client = new ApiClient({ url: stack.apiUrl }, AbortSignal.timeout(10_000));
  try {
    for (const sweep of (await client.call(routes.sweeps, {})).sweeps) {
      const unfinished = sweep.state === 'preparing' || sweep.state === 'running';
      if (sweep.name === name && unfinished) await client.call(routes.cancel, { id: sweep.id });
    }
  } catch (error) {
    process.stderr.write(`an earlier demo could not be cancelled: ${messageOf(error)}\n`);
  }
}
