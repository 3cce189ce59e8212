/**
 * The second half of `npm test`: lint, formatting, types and all tests, each even when one before it failed.
 * What is given after `--` goes to vitest, and only that is run then: `npm test -- libs/search`. The last line is
 * `N passed, N failed`, where each static check and each of the programs at the end counts as one test.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countTests } from './test-counts.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const limitMinutes = {
  lint: 10,
  format: 5,
  types: 10,
  tests: 60,
  manifests: 20,
  metrics: 10,
  kubernetes: 45,
};
const patterns = process.argv.slice(2);
const whole = patterns.length === 0;
const outcomes = [lint(), format(), types()]
  .concat(whole ? manifests() : [])
  .concat(tests(patterns))
  .concat(whole ? programs() : []);
const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`\n${passed} passed, ${failed} failed`);

/** The rule of module boundaries reads Nx's cached project graph and skips itself without one, so the graph comes first. */
function lint() {
  heading('Lint (ESLint, with the module boundaries)');
  const graph = run('nx', ['show', 'projects'], limitMinutes.lint, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (!graph.succeeded) {
    console.log(`${graph.output}\nNx could not make the project graph.`);
    return asOneTest(false);
  }
  const eslint = run('eslint', ['.'], limitMinutes.lint, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  process.stdout.write(eslint.output);
  return asOneTest(eslint.succeeded && !eslint.output.includes('rule will be skipped'));
}

function format() {
  heading('Format (Prettier)');
  return asOneTest(run('prettier', ['--check', '--log-level', 'warn', '.'], limitMinutes.format).succeeded);
}

function types() {
  heading('Types (tsc)');
  return asOneTest(run('tsc', ['--noEmit'], limitMinutes.types).succeeded);
}

function tests(patterns) {
  heading('Tests (vitest)');
  const folder = mkdtempSync(join(tmpdir(), 'honyaku-check-'));
  const report = join(folder, 'vitest.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { succeeded } = run('vitest', ['run', ...reporters, ...patterns], limitMinutes.tests);
  const counts = countTests(report, succeeded);
  rmSync(folder, { recursive: true });
  return counts;
}

/** Before the tests, some of which read what the overlays come to. */
function manifests() {
  heading('Kubernetes manifests (kube-score)');
  return tool('k8s/lint.ts', limitMinutes.manifests);
}

/** What needs the machine to itself; where it can't be had, the program says so and passes. */
function programs() {
  heading('Metrics (a real Prometheus scrapes a real run)');
  const metrics = tool('prometheus/end-to-end/main.ts', limitMinutes.metrics);
  heading('Kubernetes (manifests and scaling on a real control plane)');
  return [metrics, tool('k8s-lab/main.ts', limitMinutes.kubernetes)];
}

function tool(path, minutes) {
  return asOneTest(run('tsx', [join('tools', path)], minutes).succeeded);
}

function heading(text) {
  console.log(`\n— ${text}`);
}

function asOneTest(succeeded) {
  console.log(succeeded ? 'ok' : 'FAILED');
  return succeeded ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Runs a program of node_modules in the root folder, by default on this terminal. */
function run(program, args, minutes, options = {}) {
  const outcome = spawnSync(join(root, 'node_modules', '.bin', program), args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: minutes * 60_000,
    env: { ...process.env, NX_DAEMON: 'false' },
    ...options,
  });
  if (outcome.error) console.log(`${program}: ${outcome.error.message} (its limit is ${minutes} minutes)`);
  return { succeeded: outcome.status === 0, output: `${outcome.stdout ?? ''}${outcome.stderr ?? ''}` };
}
