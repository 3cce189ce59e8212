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
import { perplexityText, timeText } from '../numbers.ts';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

/** `honyaku log SWEEP`: each decision with the rung, the rank and the cut-off that it went by. */
export async function log({ terminal, json, client }: CommandContext, sweepId: string): Promise<void> {
  const list = { entries: await allEntries(await client(), sweepId) };
  if (json) return printLine(terminal, toJson(SweepLogList, list));
  const rows = list.entries.flatMap(({ at, decisions }) =>
    decisions.map((decision) => [timeText(at), ...cells(decision)]),
  );
  const head = ['time (UTC)', 'trial', 'decision', 'epoch', 'test ppl', 'rung', 'rank', 'cut-off', 'why'];
  printLine(terminal, rows.length === 0 ? 'nothing is decided yet' : tableOf(head, rows));
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
  if (decision.type === 'asked') return [number, 'start', '', '', '', '', '', 'asked of the sampler'];
  const { epoch, value, rung, rank, of, cutOff, reason } = decision;
  return [
    number,
    decision.type === 'promoted' ? 'promote' : decision.action,
    String(epoch),
    perplexityText(value),
    rung === undefined ? '' : String(rung),
    rank === undefined ? '' : `${rank} of ${of ?? '?'}`,
    cutOff === undefined ? '' : perplexityText(cutOff),
    reason,
  ];
}
