/**
 * Carries out the stages of a Dockerfile in folders instead of containers: COPY copies, and RUN runs the scripts of
 * infra/images. What needs a system of its own (apt-get, users) is left to the machine.
 */
import { existsSync } from 'node:fs';
import { mkdir, readlink, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Bug } from '@honyaku/contracts';
import { run } from '../setup/command.ts';
import { type Instruction, type Stage, pairsOf } from './dockerfile.ts';

export interface BuildSettings {
  /** Holds `context`; each stage becomes a folder beside it. */
  readonly folder: string;
  /** Where node, npm and python3 are. */
  readonly path: string;
  readonly print: (line: string) => void;
}

export interface BuiltStage {
  /** Stands for `/`. */
  readonly root: string;
  readonly workFolder: string;
  /** As ENV has it: paths are those of the image. */
  readonly environment: Readonly<Record<string, string>>;
}

const scriptSeconds = 1800;
const empty = { workFolder: '/', environment: {} };

/** Builds a stage; those that it names are in `built`. @throws CommandFailed when a script or a copy fails */
export async function buildStage(
  stage: Stage,
  built: ReadonlyMap<string, BuiltStage>,
  settings: BuildSettings,
): Promise<BuiltStage> {
  const root = join(settings.folder, stage.name);
  const parent = built.get(stage.from);
  await mkdir(root);
  if (parent) await run('cp', ['-a', `${parent.root}/.`, root], { seconds: 600 });
  let result: BuiltStage = { ...(parent ?? empty), root };
  const arguments_: Record<string, string> = {};
  for (const { word, text } of stage.instructions) {
    if (word === 'ARG') Object.assign(arguments_, pairsOf(text));
    else if (word === 'WORKDIR') result = { ...result, workFolder: text };
    else if (word === 'ENV') {
      const filledIn = text.replaceAll(/\$(\w+)/g, (_, name: string) => arguments_[name] ?? '');
      result = { ...result, environment: { ...result.environment, ...pairsOf(filledIn) } };
    } else if (word === 'COPY') await copy(text, result, built, settings);
    else if (word === 'RUN') await runScript({ word, text }, result, settings);
  }
  return result;
}

/** `/opt/honyaku` of the image as it is called on this machine; what is no path stays as it is. */
export function onMachine({ root }: BuiltStage, text: string): string {
  return text.startsWith('/') ? join(root, text) : text;
}

/** The stage's environment for a program that runs in it. */
export function environmentIn(stage: BuiltStage, path: string): Record<string, string> {
  const values = Object.entries(stage.environment).map(([name, value]) => [name, onMachine(stage, value)]);
  return { ...Object.fromEntries(values), PATH: path };
}

async function copy(
  text: string,
  stage: BuiltStage,
  built: ReadonlyMap<string, BuiltStage>,
  settings: BuildSettings,
): Promise<void> {
  const [, from, rest = ''] = /^(?:--from=(\w+) )?(.*)$/.exec(text) ?? [];
  const source = from === undefined ? undefined : built.get(from);
  if (from !== undefined && !source) throw new Bug(`COPY from ${from}, which is no stage before it`);
  const paths = rest.split(' ');
  const target = join(
    stage.root,
    join('/', paths.at(-1)?.startsWith('/') ? '' : stage.workFolder, paths.at(-1) ?? ''),
  );
  await mkdir(target, { recursive: true });
  for (const path of paths.slice(0, -1)) {
    const file = source ? onMachine(source, path) : join(settings.folder, 'context', path);
    const isFolder = (await stat(file)).isDirectory();
    // Links take no space, and nothing writes to a file of another stage.
    const how = source ? ['-a', '--link'] : ['-a'];
    await run('cp', [...how, isFolder ? `${file}/.` : file, target], { seconds: 600 });
  }
  if (source) await turnLinks(target, source.root, stage.root);
}

/** Absolute links keep their meaning: in containers both roots are `/`. */
async function turnLinks(folder: string, from: string, to: string): Promise<void> {
  const found = await run('find', [folder, '-type', 'l', '-lname', `${from}/*`], { seconds: 60 });
  for (const link of found.split('\n').filter((line) => line !== '')) {
    const target = (await readlink(link)).slice(from.length);
    await rm(link);
    await symlink(join(to, target), link);
  }
}

async function runScript({ text }: Instruction, stage: BuiltStage, settings: BuildSettings): Promise<void> {
  const [shell, script = '', ...args] = text.split(' ');
  if (shell !== 'sh') return settings.print(`  left to this machine: ${text}`);
  const cwd = join(stage.root, stage.workFolder);
  if (!existsSync(join(cwd, script))) throw new Bug(`${script} was not copied to the stage that runs it`);
  settings.print(`  ${text}`);
  const started = performance.now();
  await run('sh', [script, ...args.map((each) => onMachine(stage, each))], {
    cwd,
    seconds: scriptSeconds,
    environment: environmentIn(stage, settings.path),
  });
  settings.print(`    ${Math.round((performance.now() - started) / 1000)} s`);
}
