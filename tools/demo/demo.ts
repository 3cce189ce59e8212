/** The whole of honyaku once: a sweep from its file to translated sentences, with its real parts. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installedPaths, messageOf, routes } from '@honyaku/contracts';
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
import { createReadStream } from 'node:fs';
import { parseDocument } from 'yaml';
import { type DemoContext, type DemoOptions } from './options.ts';
import { writeShortPairs } from './short-pairs.ts';
import { showTranslations, translateTyped } from './translations.ts';
import { bleuText, failuresOf } from './verdict.ts';

const sweepFile = fileURLToPath(new URL('sweep.yaml', import.meta.url));
const name = 'demo';

const introduction = `This trains a translator from nothing: three small networks read short
Japanese–English sentences, the one that learns fastest goes on, and then
translates what none of them has seen. It takes about four minutes on two cores.`;
const next = `Next, pairs of your own (a line each, source TAB target): name the file in
presets/own-pairs.yaml, then
  npm run honyaku -- up                                    # in another terminal
  npm run honyaku -- submit presets/own-pairs.yaml --watch`;

/** @returns what failed, a sentence each. @throws what kept it from getting that far; nothing runs afterwards */
export async function demo(options: DemoOptions, { output, interrupted }: DemoContext): Promise<string[]> {
  const began = performance.now();
  const print = (line: string) => void output.write(`${line}\n`);
  const since = () => durationText((performance.now() - began) / 1000);
  const folder = resolve(options.folder);
  print(introduction);
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
    print(next);
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
  const { best } = sweep;
  if (!best) return [`the sweep has no best trial: ${sweep.reason ?? sweep.state}`];

  print('… reading the best checkpoint back from the bucket');
  const bestFolder = join(stack.folder, 'best', id);
  const bundle = await downloadBest(client, id, bestFolder, { interrupted });
  const { model } = bundle.config.files;
  print(`✓ best checkpoint: ${bundle.bucket}/${bundle.prefix}${model.key}, ${bytesText(model.bytes)}`);
  print(`  a copy, its sha256 verified: ${join(bestFolder, model.key)}`);

  const report = join(stack.folder, 'report.html');
  await writeReport(client, id, report);
  print(`✓ report: ${report}`);

  const [{ lookUp }, heldOut] = await Promise.all([
    client.call(routes.dataset, { id }),
    client.call(routes.translations, { id: best.trialId, epoch: best.epoch }),
  ]);
  const measured = best.test?.translations;
  const scores = { test: measured?.bleu.score, beam: measured?.beam?.size, lookUp: lookUp?.test };
  print(`✓ ${bleuText(scores)}`);
  const translated = await showTranslations(client, id, heldOut.translations, print);
  await translateTyped(client, id, context, print);
  return failuresOf({ sweep, trials, bundle, translated, scores, outputs: heldOut.translations });
}

/** A copy of sweep.yaml beside its corpus. */
async function sweepFileFor({ pairs }: DemoOptions, folder: string): Promise<string> {
  const { tatoebaPairs } = installedPaths();
  const open = () => Promise.resolve(createReadStream(tatoebaPairs));
  await writeShortPairs({ name: tatoebaPairs, open }, join(folder, 'short-pairs.tsv'));
  const document = parseDocument(await readFile(sweepFile, 'utf8'));
  if (pairs !== undefined) document.setIn(['dataset', 'maxPairs'], pairs);
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
