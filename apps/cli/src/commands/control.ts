/** Commands that steer a sweep: `cancel`, `pause`, `resume`, `retry-failed`, `extend`, `add-trial`, `clone`. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  type RouteDeclaration,
  NotedSweep,
  SweepView,
  toJson,
  InvalidInput,
  messageOf,
  routes,
  SweepSpec,
  submittedSettings,
} from '@honyaku/contracts';
import { readYaml } from '@honyaku/contracts/yaml';
import { jsonBody } from '@honyaku/client';
import { Document, parse } from 'yaml';
import { z } from 'zod';
import { notify, printLine, type CommandContext } from '../terminal.ts';

/** A route that changes a sweep and takes no body. */
export type SweepRequest = RouteDeclaration & { readonly answers: typeof SweepView | typeof NotedSweep };

/** `honyaku cancel | pause | resume | retry-failed SWEEP`: prints the state that the sweep is in then. */
export async function request(
  { terminal, json, client }: CommandContext,
  route: SweepRequest,
  given: { readonly id: string; readonly now?: boolean },
): Promise<void> {
  printSweep({ terminal, json }, await (await client()).call(route, given));
}

function printSweep({ terminal, json }: Pick<CommandContext, 'terminal' | 'json'>, sweep: NotedSweep): void {
  if (json) return printLine(terminal, toJson(NotedSweep, sweep));
  printLine(terminal, `${sweep.id}: ${sweep.state}`);
  for (const note of sweep.notes ?? []) notify(terminal, note);
}

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

/** `honyaku add-trial SWEEP --set NAME=VALUE… [--seed N]`. */
export async function addTrial(
  context: CommandContext,
  sweepId: string,
  { set, seed }: { readonly set: readonly string[]; readonly seed?: number },
): Promise<void> {
  const trial = { hyperparameters: withChanges({}, set), ...(seed === undefined ? {} : { seed }) };
  const client = await context.client();
  const body = jsonBody(JSON.stringify({ trials: [trial] }));
  const sweep = await client.call(routes.addTrials, { id: sweepId }, body);
  printSweep(context, sweep);
}

/** `honyaku clone SWEEP [--set FIELD=VALUE…]`: prints the new sweep's id, and notes on its plan. */
export async function clone(
  { terminal, json, client }: CommandContext,
  sweepId: string,
  { set }: { readonly set: readonly string[] },
): Promise<void> {
  const api = await client();
  const { spec } = await api.call(routes.sweep, { id: sweepId });
  const base = { ...z.encode(SweepSpec, spec), ...submittedSettings(spec) };
  const changed = JSON.stringify(withChanges(base, set));
  for (const note of (await api.preview(changed)).notes ?? []) notify(terminal, note);
  const sweep = await api.submit(changed);
  printLine(terminal, json ? toJson(SweepView, sweep) : sweep.id);
}

/**
 * `base` with changes that a person writes as `name=value`, or `part.name=value` for what lies deeper; values are read as YAML, so that 3, true and [1, 2] are what they look like.
 * @throws InvalidInput naming the change that is not of that form
 */
function withChanges(base: object, changes: readonly string[]): unknown {
  const document = new Document(base);
  for (const change of changes) {
    const [, name, value] = /^([\w.]+)=(.*)$/s.exec(change) ?? [];
    if (name === undefined || value === undefined)
      throw new InvalidInput(`--set ${change}: write name=value, as dropout=0.3`);
    try {
      document.setIn(name.split('.'), document.createNode(parse(value)));
    } catch (cause) {
      throw new InvalidInput(`--set ${change}: ${messageOf(cause)}`, { cause });
    }
  }
  return document.toJS();
}
