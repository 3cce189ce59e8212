/** What can be installed: the folders of `k8s/overlays`. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../setup/command.ts';

const folder = join(import.meta.dirname, '../../k8s/overlays');

export const overlays: readonly string[] = readdirSync(folder).sort();

/** All objects of an overlay as one YAML stream. @throws CommandFailed with what kustomize says */
export function buildOverlay(kustomize: string, overlay: string): Promise<string> {
  return run(kustomize, ['build', join(folder, overlay)], { seconds: 60 });
}
