/**
 * The second half of `npm test`: lint, formatting, types and all tests, each even when one before it failed.
 * What is given after `--` goes to vitest, and only that is run then: `npm test -- libs/search`. The last line is
 * `N passed, N failed`, where each static check and each of the programs at the end counts as one test.
 * A slow machine is let be; a program that prints nothing for long hangs and is ended.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countTests } from './test-counts.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Longer than the longest wait inside any of the programs, which say themselves what did not come. */
const silentMinutes = 20;
const graceSeconds = 30;
const patterns = process.argv.slice(2);
const whole = patterns.length === 0;
const outcomes = [await lint(), await format(), await types()];
if (whole) outcomes.push(await manifests());
outcomes.push(await tests(patterns));
if (whole) outcomes.push(...(await programs()));
const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
const failed = outcomes.reduce((sum, outcome) => sum + outcome.failed, 0);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`\n${passed} passed, ${failed} failed`);

/** The rule of module boundaries reads Nx's cached project graph and skips itself without one, so the graph comes first. */
async function lint() {
  heading('Lint (ESLint, with the module boundaries)');
  const graph = await run('nx', ['show', 'projects'], () => undefined);
  if (!graph.succeeded) {
    console.log(`${graph.output}\nNx could not make the project graph.`);
    return asOneTest(false);
  }
  const eslint = await run('eslint', ['.']);
  return asOneTest(eslint.succeeded && !eslint.output.includes('rule will be skipped'));
}

async function format() {
  heading('Format (Prettier)');
  return asOneTest((await run('prettier', ['--check', '--log-level', 'warn', '.'])).succeeded);
}

async function types() {
  heading('Types (tsc)');
  return asOneTest((await run('tsc', ['--noEmit'])).succeeded);
}

async function tests(patterns) {
  heading('Tests (vitest)');
  const folder = mkdtempSync(join(tmpdir(), 'honyaku-check-'));
  const report = join(folder, 'vitest.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { succeeded } = await run('vitest', ['run', ...reporters, ...patterns]);
  const counts = countTests(report, succeeded);
  rmSync(folder, { recursive: true });
  return counts;
}

/** Before the tests, some of which read what the overlays come to. */
function manifests() {
  heading('Kubernetes manifests (kube-score)');
  return tool('k8s/lint.ts');
}

/** What needs the machine to itself; where it can't be had, the program says so and passes. */
async function programs() {
  heading('Metrics (a real Prometheus scrapes a real run)');
  const metrics = await tool('prometheus/end-to-end/main.ts');
  heading('Kubernetes (manifests and scaling on a real control plane)');
  return [metrics, await tool('k8s-lab/main.ts')];
}

async function tool(path) {
  return asOneTest((await run('tsx', [join('tools', path)])).succeeded);
}

function heading(text) {
  console.log(`\n— ${text}`);
}

function asOneTest(succeeded) {
  console.log(succeeded ? 'ok' : 'FAILED');
  return succeeded ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** Runs a program of node_modules in the root folder. @param show takes its output as it comes */
async function run(program, args, show = (chunk) => process.stdout.write(chunk)) {
  const child = spawn(join(root, 'node_modules', '.bin', program), args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NX_DAEMON: 'false', ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) },
  });
  const silence = setTimeout(() => {
    console.log(`${program} has printed nothing for ${silentMinutes} minutes and is ended.`);
    child.kill();
    setTimeout(() => child.kill('SIGKILL'), graceSeconds * 1000).unref();
  }, silentMinutes * 60_000);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      silence.refresh();
      output += chunk;
      show(chunk);
    });
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      console.log(`${program}: ${error.message}`);
      resolve(1);
    });
    child.on('close', resolve);
    // What it has left running may hold its output open for ever.
    child.on('exit', (code) => setTimeout(() => resolve(code), graceSeconds * 1000).unref());
  });
  clearTimeout(silence);
  for (const stream of [child.stdout, child.stderr]) stream.destroy();
  return { succeeded: code === 0, output };
}
