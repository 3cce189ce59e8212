/** Commands about what the bucket keeps: `collect`, `pin`, `unpin`, `reindex`. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  CollectionResult,
  routes,
  toJson,
  InvalidInput,
  TrialView,
  Cancelled,
  ReindexResult,
  ReindexState,
  Unavailable,
} from '@honyaku/contracts';
import { z } from 'zod';
import { type ApiClient } from '@honyaku/client';
import { bytesText } from '../texts.ts';
import { printLine, type Terminal, notify, type CommandContext } from '../terminal.ts';

/** `honyaku collect SWEEP [--dry-run]`: what goes, and how much stays. */
export async function collect(
  { terminal, json, client }: CommandContext,
  sweepId: string,
  { dryRun }: { readonly dryRun: boolean },
): Promise<void> {
  const result = await (await client()).call(routes.collect, { id: sweepId, dryRun });
  if (json) return printLine(terminal, toJson(CollectionResult, result));
  const { removed, kept, noncurrent } = result;
  for (const { key, bytes } of removed) printLine(terminal, `${key} (${bytesText(bytes)})`);
  const freed = removed.reduce((sum, { bytes }) => sum + bytes, 0);
  const verb = dryRun ? 'would be removed' : 'removed';
  printLine(
    terminal,
    `${removed.length} objects (${bytesText(freed)}) ${verb}, ${kept.objects} (${bytesText(kept.bytes)}) stay`,
  );
  if (!noncurrent) return;
  const stored = noncurrent.bytes + kept.bytes + (dryRun ? freed : 0);
  printLine(
    terminal,
    `the bucket keeps versions, so that ${dryRun ? 'removing frees' : 'this freed'} no room: ` +
      `${bytesText(stored)} are stored, ${bytesText(noncurrent.bytes)} of them in ${noncurrent.versions} older versions, ` +
      `beside ${noncurrent.deleteMarkers} delete markers; a lifecycle rule of the bucket can expire them`,
  );
}

/** `honyaku pin TRIAL:EPOCH` and `honyaku unpin TRIAL:EPOCH`. */
export async function pin(
  { terminal, json, client }: CommandContext,
  checkpoint: string,
  pinned: boolean,
): Promise<void> {
  const [, trialId, epoch] = /^([^:]+):(\d+)$/.exec(checkpoint) ?? [];
  if (trialId === undefined || epoch === undefined)
    throw new InvalidInput(
      `checkpoint ${JSON.stringify(checkpoint)}: write TRIAL:EPOCH, as tatoeba-4f9a1c0b72d3e865-0003:7`,
    );
  const trial = await (
    await client()
  ).call(pinned ? routes.pin : routes.unpin, {
    id: trialId,
    epoch: Number(epoch),
  });
  if (json) return printLine(terminal, toJson(TrialView, trial));
  const epochs = [...(trial.pinned ?? [])].sort((a, b) => a - b);
  printLine(terminal, `${trial.id}: ${pinnedText(epochs)}`);
}

/** An API of an earlier version answers when all is done. */
const answerSeconds = 600;
const everyMilliseconds = 500;

/** `honyaku reindex`: waits for the end and prints how many sweeps the bucket gave back. */
export async function reindex({ terminal, json, client }: CommandContext): Promise<void> {
  const result = await finished(await client(), terminal);
  if (json) return printLine(terminal, toJson(ReindexResult, result));
  for (const sweep of result.sweeps) printLine(terminal, sweep);
  printLine(terminal, `${result.sweeps.length} sweeps read from the bucket`);
  for (const { sweep, reason } of result.unreadable ?? [])
    printLine(terminal, `${sweep} could not be read: ${reason}`);
}

async function finished(client: ApiClient, terminal: Terminal): Promise<ReindexResult> {
  const route = { ...routes.beginReindex, answers: z.union([ReindexState, ReindexResult]) };
  const begun = await client.call(route, {}, { seconds: answerSeconds });
  if ('sweeps' in begun) return begun;
  let reported = 0;
  for (let now = begun; ; now = await client.call(routes.reindexState, {})) {
    if (now.result) return now.result;
    if (now.state !== 'running')
      throw new Unavailable(`reindex ${now.state}: ${now.reason ?? 'no reason known'}`);
    if (now.seen > reported) notify(terminal, `${now.seen} sweeps looked at`);
    reported = now.seen;
    await delay(everyMilliseconds, undefined, { signal: terminal.interrupted }).catch((cause: unknown) => {
      throw new Cancelled('interrupted; the API goes on', { cause });
    });
  }
}

function pinnedText(epochs: readonly number[]): string {
  if (epochs.length === 0) return 'nothing is pinned';
  return epochs.length === 1 ? `epoch ${epochs.join()} is pinned` : `epochs ${epochs.join(', ')} are pinned`;
}
