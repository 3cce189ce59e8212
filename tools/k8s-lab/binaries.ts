/** The programs and definitions of the laboratory: built once by the machine's Go, cached outside the work tree. */
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fromJson, installedPaths } from '@honyaku/contracts';
import { z } from 'zod';
import { publishFolder } from '../setup/cache-folder.ts';
import { goIn, goVersion } from '../setup/go.ts';
import { type GoModule, cacheNameOf, folderOf, goModules, versionOf } from './go-modules.ts';

/** Of the `go` line in each `go/<name>/go.mod`. */
const leastGo = [1, 26] as const;
const buildSeconds = 3600;

/** Not the folder of the set-up, which removes unfinished work of others. */
const home = () => join(installedPaths().home, 'k8s-lab');

type ModuleName = keyof typeof goModules;
export type ProgramName = {
  [Name in ModuleName]: keyof (typeof goModules)[Name]['programs'];
}[ModuleName];

export interface Binaries {
  /** Paths of the programs. */
  readonly programs: Readonly<Record<ProgramName, string>>;
  /** Folders with the custom resource definitions of KEDA and of the Prometheus operator. */
  readonly definitions: readonly string[];
}

/** Why the laboratory cannot be built here, in a sentence; undefined when it can, or is built already. */
export async function goUnavailableReason(): Promise<string | undefined> {
  const missing = await Promise.all(Object.values(goModules).map((module) => isMissing(module)));
  if (!missing.includes(true)) return undefined;
  const [major, minor] = leastGo;
  const told = await goVersion();
  if (told === undefined)
    return `its programs are built by Go ${major}.${minor} or later, and there is no Go here`;
  const [, found = '0', foundMinor = '0'] = /go(\d+)\.(\d+)/.exec(told) ?? [];
  const isRecent = Number(found) > major || (Number(found) === major && Number(foundMinor) >= minor);
  return isRecent
    ? undefined
    : `its programs are built by Go ${major}.${minor} or later, and this machine has ${found}.${foundMinor}`;
}

/** Builds what is missing; some ten minutes on two cores the first time. @throws CommandFailed */
export async function bringBinaries(print: (line: string) => void): Promise<Binaries> {
  for (const module of Object.values(goModules)) if (await isMissing(module)) await build(module, print);
  const place = async (module: GoModule, file: string) => join(home(), await cacheNameOf(module), file);
  const program = async (module: GoModule, name: ProgramName) => place(module, name);
  const { etcd, kubernetes, kwok, keda } = goModules;
  return {
    programs: {
      etcd: await program(etcd, 'etcd'),
      kubectl: await program(kubernetes, 'kubectl'),
      'kube-apiserver': await program(kubernetes, 'kube-apiserver'),
      'kube-controller-manager': await program(kubernetes, 'kube-controller-manager'),
      'kube-scheduler': await program(kubernetes, 'kube-scheduler'),
      kwok: await program(kwok, 'kwok'),
      'keda-operator': await program(keda, 'keda-operator'),
      'keda-adapter': await program(keda, 'keda-adapter'),
    },
    definitions: [
      await place(keda, 'definitions'),
      await place(goModules['prometheus-operator'], 'definitions'),
    ],
  };
}

async function isMissing(module: GoModule): Promise<boolean> {
  return !existsSync(join(home(), await cacheNameOf(module)));
}

async function build(module: GoModule, print: (line: string) => void): Promise<void> {
  const version = await versionOf(module);
  await publishFolder(home(), await cacheNameOf(module), async (folder) => {
    for (const [program, path] of Object.entries(module.programs)) {
      print(`… building ${program} of ${module.path} ${version}`);
      const started = performance.now();
      await goIn(
        folderOf(module),
        ['build', ...flagsFor(module, version), '-o', join(folder, program), path],
        buildSeconds,
      );
      print(`✓ ${program}: built, ${Math.round((performance.now() - started) / 1000)} s`);
    }
    if (module.definitions !== undefined)
      await copyDefinitions(module, module.definitions, join(folder, 'definitions'));
  });
}

/** Without debugging symbols and paths of this machine: half the size, and the same bytes everywhere. */
function flagsFor({ strings }: GoModule, version: string): string[] {
  const set = Object.entries(strings?.(version) ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  return ['-trimpath', '-buildvcs=false', `-ldflags=${['-s -w', ...set].join(' ')}`];
}

async function copyDefinitions(module: GoModule, from: string, to: string): Promise<void> {
  const told = await goIn(folderOf(module), ['mod', 'download', '-json', module.path], buildSeconds);
  const { Dir: source } = fromJson(z.object({ Dir: z.string() }), told, 'the answer of go mod download');
  await cp(join(source, from), to, { recursive: true });
}
