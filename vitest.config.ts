import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** The workspaces in a folder, as package.json names them. */
function projectsIn(folder: string): string[] {
  return readdirSync(join(import.meta.dirname, folder))
    .map((name) => `${folder}/${name}`)
    .filter((project) => existsSync(join(import.meta.dirname, project, 'package.json')));
}

const suites = [
  ...[...projectsIn('apps'), ...projectsIn('libs'), 'tools', 'experiments'].map((root) => ({
    name: root.split('/').at(-1) ?? root,
    root,
    include: ['**/*.spec.ts'],
    // Workers train with native kernels by default; `libs/model` has a suite for each.
    kernels: process.env['HONYAKU_KERNELS'] ?? (root === 'apps/worker' ? 'native' : 'tensorflow'),
  })),
  {
    name: 'model-native',
    root: 'libs/model',
    // What holds of a network whichever kernels compute it.
    include: ['golden/golden', 'seq2seq/gradients', 'training/trainer*', 'decoding/learning'].map(
      (test) => `src/${test}.spec.ts`,
    ),
    kernels: 'native',
  },
];

export default defineConfig({
  test: {
    projects: suites.map(({ root, name, include, kernels: HONYAKU_KERNELS }) => ({
      extends: true as const,
      root,
      test: {
        name,
        include,
        // All change the bytes of a result. A suite that holds with one kernel and not with another can be run with each.
        env: {
          TF_NUM_INTRAOP_THREADS: process.env['TF_NUM_INTRAOP_THREADS'] ?? '1',
          TF_ENABLE_ONEDNN_OPTS: process.env['TF_ENABLE_ONEDNN_OPTS'] ?? '1',
          TF_CPP_MIN_LOG_LEVEL: '2',
          HONYAKU_KERNELS,
        },
      },
    })),
    pool: 'forks',
    maxWorkers: 2,
    // Limits end what hangs; a busy machine is slow in everything.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 240_000 } },
  },
});
