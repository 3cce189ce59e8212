/** The checks of this repository. Each prints what it finds under a heading of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './program-run.ts';
import { type Counts, asOneTest, countTests } from './test-counts.ts';

/** Files of tests that take minutes or programs that not every machine can build. */
const laboratories = '.laboratory.spec.ts';
const print = (text: string) => void process.stdout.write(text);

/** Lint, formatting and types; the two slow ones side by side. */
export async function staticChecks(): Promise<Counts[]> {
  return (await Promise.all([lint(), types()])).flat();
}

/** @param words for vitest: paths, and its own options. All tests but the laboratories' when there are none */
export async function tests(words: readonly string[]): Promise<Counts[]> {
  return [await vitest(words.length > 0 ? words : ['--exclude', `**/*${laboratories}`])];
}

/**
 * Checks that take long, or need the machine to themselves. Where a program cannot be had it prints so and passes.
 * kube-score comes first, for it builds what the tests of the manifests need.
 */
export async function laboratoryChecks(): Promise<Counts[]> {
  return [
    await tool('Kubernetes manifests (kube-score)', 'k8s/lint.ts'),
    await vitest([laboratories]),
    await tool('Metrics (a real Prometheus scrapes a real run)', 'prometheus/end-to-end/main.ts'),
    await tool('Kubernetes (manifests and scaling on a real control plane)', 'k8s-lab/main.ts'),
    ...(await images()),
  ];
}

/** As another user than root it cannot run programs as the images' user. */
async function images(): Promise<Counts[]> {
  const heading = 'Images (their install steps in an empty folder)';
  if (process.getuid?.() === 0) return [await tool(heading, 'infra/install-rehearsal.ts')];
  print(`\n— ${heading}\nskipped: it needs root\n`);
  return [];
}

/** The rule of module boundaries reads Nx's cached project graph and skips itself without one, so the graph comes first. */
async function lint(): Promise<Counts[]> {
  const graph = await runProgram('nx', ['show', 'projects'], () => undefined);
  if (!graph.succeeded)
    return [shown('Lint (ESLint)', false, `${graph.output}\nNx could not make the project graph.\n`)];
  const eslint = await runProgram('eslint', ['.'], () => undefined);
  const inOrder = eslint.succeeded && !eslint.output.includes('rule will be skipped');
  const format = await runProgram('prettier', ['--check', '--log-level', 'warn', '.'], () => undefined);
  return [
    shown('Lint (ESLint, with the module boundaries)', inOrder, eslint.output),
    shown('Format (Prettier)', format.succeeded, format.output),
  ];
}

async function types(): Promise<Counts[]> {
  const memory = ['--incremental', '--tsBuildInfoFile', 'node_modules/.cache/types.tsbuildinfo'];
  const { succeeded, output } = await runProgram('tsc', ['--noEmit', ...memory], () => undefined);
  return [shown('Types (tsc)', succeeded, output)];
}

async function vitest(words: readonly string[]): Promise<Counts> {
  print('\n— Tests (vitest)\n');
  const folder = mkdtempSync(join(tmpdir(), 'honyaku-check-'));
  const report = join(folder, 'vitest.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { succeeded } = await runProgram('vitest', ['run', ...reporters, ...words], print);
  const counts = countTests(report, succeeded);
  rmSync(folder, { recursive: true });
  return counts;
}

async function tool(heading: string, path: string): Promise<Counts> {
  print(`\n— ${heading}\n`);
  const { succeeded } = await runProgram('tsx', [join('tools', path)], print);
  print(verdict(succeeded));
  return asOneTest(succeeded);
}

function shown(heading: string, succeeded: boolean, output: string): Counts {
  print(`\n— ${heading}\n${output}${verdict(succeeded)}`);
  return asOneTest(succeeded);
}

function verdict(succeeded: boolean): string {
  return succeeded ? 'ok\n' : 'FAILED\n';
}
