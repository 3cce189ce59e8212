import { setTimeout as delay } from 'node:timers/promises';
import { Cancelled, ReindexResult, ReindexState, Unavailable, routes, toJson } from '@honyaku/contracts';
import { z } from 'zod';
import { type ApiClient } from '@honyaku/client';
import { type Terminal, printLine, say } from '../terminal.ts';
import { type CommandContext } from './command.ts';

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
  let told = 0;
  for (let now = begun; ; now = await client.call(routes.reindexState, {})) {
    if (now.result) return now.result;
    if (now.state !== 'running')
      throw new Unavailable(`reindex ${now.state}: ${now.reason ?? 'no reason known'}`);
    if (now.seen > told) say(terminal, `${now.seen} sweeps looked at`);
    told = now.seen;
    await delay(everyMilliseconds, undefined, { signal: terminal.interrupted }).catch((cause: unknown) => {
      throw new Cancelled('interrupted; the API goes on', { cause });
    });
  }
}
