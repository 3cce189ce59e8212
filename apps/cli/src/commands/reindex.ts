import { ReindexResult, paths, toJson } from '@honyaku/contracts';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

const reindexSeconds = 600;

/** `honyaku reindex`: how many sweeps the bucket gave back. */
export async function reindex({ terminal, json, client }: CommandContext): Promise<void> {
  const settings = { method: 'POST', seconds: reindexSeconds } as const;
  const result = await (await client()).call(ReindexResult, paths.reindex, settings);
  if (json) return printLine(terminal, toJson(ReindexResult, result));
  for (const sweep of result.sweeps) printLine(terminal, sweep);
  printLine(terminal, `${result.sweeps.length} sweeps read from the bucket`);
  for (const { sweep, reason } of result.unreadable ?? [])
    printLine(terminal, `${sweep} could not be read: ${reason}`);
}
