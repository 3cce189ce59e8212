/** What can be installed: the folders of `k8s/overlays`, and one of them with the components that none of them has. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../setup/command.ts';

const folder = join(import.meta.dirname, '../../k8s/overlays');

export interface Overlay {
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
