import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** The workspaces in a folder, as package.json names them. */
function projectsIn(folder: string): string[] {
  return readdirSync(join(import.meta.dirname, folder))
    .map((name) => `${folder}/${name}`)
    .filter((project) => existsSync(join(import.meta.dirname, project, 'package.json')));
}

interface Suite {
  readonly name: string;
  readonly root: string;
  readonly include: readonly string[];
  readonly kernels: string;
  readonly precision?: string;
}

const suites: readonly Suite[] = [
  ...[...projectsIn('apps'), ...projectsIn('libs'), 'tools', 'experiments'].map((root) => ({
    name: root.split('/').at(-1) ?? root,
    root,
    // Not by an exclusion of its own, in whose place that of the command line would not come.
    include: [root === 'libs/model' ? '**/!(bfloat16).spec.ts' : '**/*.spec.ts'],
    // Workers train with native kernels by default; `libs/model` has a suite for each.
    kernels: process.env['HONYAKU_KERNELS'] ?? (root === 'apps/worker' ? 'native' : 'tensorflow'),
  })),
  {
    name: 'model-native',
    root: 'libs/model',
    // What holds of a network whichever kernels compute it.
    include: [
      'golden/golden',
      'seq2seq/gradients',
      'training/{trainer*,memory}',
      'decoding/*',
      'networks/transformer/*',
    ].map((test) => `src/${test}.spec.ts`),
    kernels: 'native',
  },
  {
    name: 'model-bfloat16',
    root: 'libs/model',
    include: ['**/bfloat16.spec.ts'],
    kernels: 'native',
    precision: 'bfloat16',
  },
];

export default defineConfig({
  test: {
    projects: suites.map(({ root, name, include, kernels, precision }) => ({
      extends: true as const,
      root,
      test: {
        name,
        include: [...include],
        // All change the bytes of a result. A suite that holds with one kernel and not with another can be run with each.
        env: {
          TF_NUM_INTRAOP_THREADS: process.env['TF_NUM_INTRAOP_THREADS'] ?? '1',
          TF_ENABLE_ONEDNN_OPTS: process.env['TF_ENABLE_ONEDNN_OPTS'] ?? '1',
          TF_CPP_MIN_LOG_LEVEL: '2',
          HONYAKU_KERNELS: kernels,
          HONYAKU_PRECISION: precision ?? process.env['HONYAKU_PRECISION'] ?? 'float32',
        },
      },
    })),
    pool: 'forks',
    // The files of a suite share processes: loading TensorFlow or NestJS for each takes longer than most tests.
    isolate: false,
    // On two processors: many tests wait for other processes.
    maxWorkers: 3,
    // Limits end what hangs; a busy machine is slow in everything.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 240_000 } },
  },
});
