import {
  type Decision,
  type SweepLogEntry,
  SweepLogList,
  routes,
  toJson,
  trialNumberOf,
} from '@honyaku/contracts';
import { type ApiClient } from '@honyaku/client';
import { tableOf } from '../tables.ts';
import { timeText } from '../numbers.ts';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

const usualColumns = 80;

/** `honyaku log SWEEP`: each decision with the rung that it was made at, and the sentence that has rank and cut-off. */
export async function log({ terminal, json, client }: CommandContext, sweepId: string): Promise<void> {
  const list = { entries: await allEntries(await client(), sweepId) };
  if (json) return printLine(terminal, toJson(SweepLogList, list));
  const rows = list.entries.flatMap(({ at, decisions }) =>
    decisions.map((decision) => [timeText(at), ...cells(decision)]),
  );
  const columns = terminal.output.columns ?? usualColumns;
  const table = tableOf(['time (UTC)', 'trial', 'decision', 'rung', 'why'], rows, columns);
  printLine(terminal, rows.length === 0 ? 'nothing is decided yet' : table);
}

/** Page after page. */
async function allEntries(client: ApiClient, sweepId: string): Promise<SweepLogEntry[]> {
  const entries: SweepLogEntry[] = [];
  let next: number | undefined;
  do {
    const page = await client.call(routes.log, { id: sweepId, after: next });
    for (const entry of page.entries) entries.push(entry);
    next = page.next;
  } while (next !== undefined);
  return entries;
}

function cells(decision: Decision): string[] {
  const number = String(trialNumberOf(decision.trialId));
  if (decision.type === 'asked') return [number, 'start', '', 'asked of the sampler'];
  const { rung, reason } = decision;
  const name = decision.type === 'promoted' ? 'promote' : decision.action;
  return [number, name, rung === undefined ? '' : String(rung), reason];
}
