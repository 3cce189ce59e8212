/**
 * The programs and definitions of the laboratory: built once by the machine’s Go, cached outside the work tree. Versions
 * stand in `go/<name>/go.mod` alone, checksums in its go.sum.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, cp } from 'node:fs/promises';
import { join } from 'node:path';
import { Bug, fromJson, installedPaths } from '@honyaku/contracts';
import { z } from 'zod';
import { publishFolder } from '../setup/step.ts';
import { goIn, goVersion } from '../setup/command.ts';

/** One tiny Go module of `go/`, which pins the module that programs and definitions are taken from. */
interface GoModule {
  /** Folder below `go/`. */
  readonly name: string;
  readonly path: string;
  /** The program's name → its package. */
  readonly programs: Readonly<Record<string, string>>;
  /** Folder of the module that holds custom resource definitions. */
  readonly definitions?: string;
  /** Go sets these strings of the program when it links it. */
  readonly strings?: (version: string) => Readonly<Record<string, string>>;
}

const versionOfKubernetes = 'k8s.io/component-base/version';

export const goModules = {
  etcd: {
    name: 'etcd',
    path: 'go.etcd.io/etcd/server/v3',
    programs: { etcd: 'go.etcd.io/etcd/server/v3' },
  },
  kubernetes: {
    name: 'kubernetes',
    path: 'k8s.io/kubernetes',
    programs: {
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    },
    // Without them clients see version 0.0.
    strings: (version) => {
      const [major = '', minor = ''] = version.slice(1).split('.');
      return {
        [`${versionOfKubernetes}.gitVersion`]: version,
        [`${versionOfKubernetes}.gitMajor`]: major,
        [`${versionOfKubernetes}.gitMinor`]: minor,
      };
    },
  },
  kwok: {
    name: 'kwok',
    path: 'sigs.k8s.io/kwok',
    programs: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
  },
  keda: {
    name: 'keda',
    path: 'github.com/kedacore/keda/v2',
    programs: {
      'keda-operator': 'github.com/kedacore/keda/v2/cmd/operator',
      'keda-adapter': 'github.com/kedacore/keda/v2/cmd/adapter',
    },
    definitions: 'config/crd/bases',
  },
  'prometheus-operator': {
    name: 'prometheus-operator',
    path: 'github.com/prometheus-operator/prometheus-operator',
    programs: {},
    definitions: 'example/prometheus-operator-crd',
  },
} as const satisfies Readonly<Record<string, GoModule>>;

export function folderOf({ name }: GoModule): string {
  return join(import.meta.dirname, 'go', name);
}

/** As Go writes it: `v1.34.2`. */
export async function versionOf(module: GoModule): Promise<string> {
  const text = await readFile(join(folderOf(module), 'go.mod'), 'utf8');
  const version = new RegExp(`^require ${module.path} (v\\S+)$`, 'm').exec(text)?.[1];
  if (version === undefined) throw new Bug(`go/${module.name}/go.mod does not require ${module.path}`);
  return version;
}

/** Names the cached folder: another one when a pinned checksum or what is taken of the module changes. */
export async function cacheNameOf(module: GoModule): Promise<string> {
  const version = await versionOf(module);
  const hash = createHash('sha256').update(JSON.stringify({ ...module, strings: module.strings?.(version) }));
  for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(folderOf(module), file)));
  return `${module.name}-${version}-${hash.digest('hex').slice(0, 12)}`;
}

/** The version of the `go` line in each `go/<name>/go.mod`. */
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
  const version = await goVersion();
  if (version === undefined)
    return `its programs are built by Go ${major}.${minor} or later, and there is no Go here`;
  const [, found = '0', foundMinor = '0'] = /go(\d+)\.(\d+)/.exec(version) ?? [];
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
        ['build', '-v', ...flagsFor(module, version), '-o', join(folder, program), path],
        buildSeconds,
        printCompiled(print),
      );
      print(`✓ ${program}: built, ${Math.round((performance.now() - started) / 1000)} s`);
    }
    if (module.definitions !== undefined)
      await copyDefinitions(module, module.definitions, join(folder, 'definitions'));
  });
}

/** Counts the packages that `go build -v` names, and prints their number every minute in which there are more. */
function printCompiled(print: (line: string) => void): (output: string) => void {
  let packages = 0;
  let printed = performance.now();
  return (output) => {
    packages += output.split('\n').length - 1;
    if (performance.now() - printed < 60_000) return;
    printed = performance.now();
    print(`  ${packages} packages compiled`);
  };
}

/** Without debugging symbols and paths of this machine: half the size, and the same bytes everywhere. */
function flagsFor({ strings }: GoModule, version: string): string[] {
  const set = Object.entries(strings?.(version) ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  return ['-trimpath', '-buildvcs=false', `-ldflags=${['-s -w', ...set].join(' ')}`];
}

async function copyDefinitions(module: GoModule, from: string, to: string): Promise<void> {
  const answer = await goIn(folderOf(module), ['mod', 'download', '-json', module.path], buildSeconds);
  const { Dir: source } = fromJson(z.object({ Dir: z.string() }), answer, 'the answer of go mod download');
  await cp(join(source, from), to, { recursive: true });
}
