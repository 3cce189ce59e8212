import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InvalidInput, messageOf, routes } from '@honyaku/contracts';
import { readYaml } from '@honyaku/contracts/yaml';
import { jsonBody } from '@honyaku/client';
import { type CommandContext } from './command.ts';
import { printSweep } from './request.ts';

export interface ExtendOptions {
  readonly trials?: number;
  readonly epochs?: number;
  readonly parameters?: string;
  readonly warmStart?: string[];
}

/** `honyaku extend SWEEP [--trials N] [--epochs N] [--parameters FILE] [--warm-start SWEEP]`. */
export async function extend(
  context: CommandContext,
  sweepId: string,
  options: ExtendOptions,
): Promise<void> {
  const { parameters: file, ...totals } = options;
  if (file === undefined && Object.keys(totals).length === 0)
    throw new InvalidInput('extend: give at least one of --trials, --epochs, --parameters and --warm-start');
  const parameters =
    file === undefined ? {} : { parameters: await readSpace(resolve(context.terminal.folder, file)) };
  const client = await context.client();
  const body = jsonBody(JSON.stringify({ ...totals, ...parameters }));
  const sweep = await client.call(routes.extend, { id: sweepId }, body);
  printSweep(context, sweep);
}

/** The API checks what is in it. */
async function readSpace(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new InvalidInput(`${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
  const read = readYaml(text);
  if ('problem' in read) throw new InvalidInput(`${path}:${read.problem.line}: ${read.problem.message}`);
  return read.value;
}
