/** Installable overlays: the folders of `k8s/overlays`, and one of them with the components that none of them has. */
import { readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { installedPaths } from '@honyaku/contracts';
import { run } from '../setup/command.ts';
import { publishFolder } from '../setup/step.ts';

const folder = join(import.meta.dirname, '../../k8s/overlays');

interface Overlay {
  readonly name: string;
  readonly folder: string;
}

export const overlays: readonly Overlay[] = [
  ...readdirSync(folder)
    .sort()
    .map((name) => ({ name, folder: join(folder, name) })),
  { name: 'gpu-with-options', folder: join(import.meta.dirname, 'options') },
];

/** All objects of an overlay as one YAML stream. @throws CommandFailed with what kustomize says */
export function buildOverlay(kustomize: string, overlay: Overlay): Promise<string> {
  return run(kustomize, ['build', overlay.folder], { seconds: 60 });
}

const sources = {
  kustomize: { package: 'sigs.k8s.io/kustomize/kustomize/v5', version: 'v5.8.1' },
  'kube-score': { package: 'github.com/zegl/kube-score/cmd/kube-score', version: 'v1.20.0' },
} as const;
type Program = keyof typeof sources;

const buildSeconds = 1800;

/** Not the folder of the set-up, which removes unfinished work of others. */
const home = () => join(installedPaths().home, 'k8s');
const folderOf = (program: Program) => `${program}-${sources[program].version}`;

/** Where the program is, or undefined when it was not built yet. */
export function builtProgram(program: Program): string | undefined {
  const path = join(home(), folderOf(program), program);
  return existsSync(path) ? path : undefined;
}

/** Builds the program if it is missing, which takes a minute or two. @throws CommandFailed, also without Go */
export async function bringProgram(program: Program, print: (line: string) => void): Promise<string> {
  const built = builtProgram(program);
  if (built !== undefined) return built;
  const { package: path, version } = sources[program];
  print(`… building ${program} ${version}`);
  await publishFolder(home(), folderOf(program), async (folder) => {
    await run('go', ['install', '-trimpath', `${path}@${version}`], {
      seconds: buildSeconds,
      environment: { GOBIN: folder, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false' },
    });
  });
  return join(home(), folderOf(program), program);
}
