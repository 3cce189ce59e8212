import { resolve } from 'node:path';
import { writeReport } from '../report/write-report.ts';
import { printLine } from '../terminal.ts';
import { type CommandContext } from './command.ts';

/** `honyaku report SWEEP [--output FILE]`: one HTML file that needs no network. */
export async function report(
  { terminal, json, client }: CommandContext,
  sweepId: string,
  options: { readonly output: string },
): Promise<void> {
  const path = resolve(terminal.folder, options.output);
  await writeReport(await client(), sweepId, path);
  printLine(terminal, json ? JSON.stringify({ report: path }) : path);
}
