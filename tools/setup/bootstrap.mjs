/**
 * `npm run setup`: brings what a fresh clone needs. Runs on Node alone, before any npm package is there.
 * Each step finds out what is missing and does only that; an interrupted run goes on where it was.
 * With --languages it fetches Tatoeba's sentences in five languages, too, with --ctranslate2 CTranslate2; with --only
 * nothing else.
 * One set-up at a time works on a cache folder: the kernel's file lock is let go however a run ends.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { homeFolder } from './home.mjs';
import { missingPrerequisites } from './machine.mjs';
import { hasNpmPackages, installNpmPackages } from './npm-packages.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(here));
const lockedBySomeoneElse = 75;
const longestWaitSeconds = 3600;

const options = process.argv.slice(2).filter((word) => word !== '--locked');

process.exitCode = process.argv.includes('--locked') ? await setUp() : await setUpAlone();

async function setUpAlone() {
  const missing = missingPrerequisites(homeFolder());
  if (missing.length > 0) {
    console.error('To set honyaku up, this machine lacks:');
    for (const each of missing) console.error(`  - ${each}`);
    return 1;
  }
  const firstTry = await runUnderLock(['--nonblock']);
  if (firstTry !== lockedBySomeoneElse) return firstTry;
  console.log('… waiting for another set-up to end');
  const secondTry = await runUnderLock(['--timeout', String(longestWaitSeconds)]);
  if (secondTry === lockedBySomeoneElse)
    console.error(
      `Another set-up has held ${lockFile()} for an hour. See what it does, end it and try again.`,
    );
  return secondTry;
}

function runUnderLock(waiting) {
  const flock = ['--no-fork', '--conflict-exit-code', String(lockedBySomeoneElse), ...waiting, lockFile()];
  return run('flock', [...flock, process.execPath, fileURLToPath(import.meta.url), '--locked', ...options]);
}

function lockFile() {
  return join(homeFolder(), 'set-up.lock');
}

async function setUp() {
  const onlyMore = options.includes('--only');
  if (onlyMore && !hasNpmPackages(root)) {
    console.error('Run `npm run setup` first: the npm packages are not those of package-lock.json.');
    return 1;
  }
  try {
    if (!onlyMore) installNpmPackages(root, homeFolder());
  } catch (error) {
    console.error(error.message);
    return 1;
  }
  return run(process.execPath, ['--import', 'tsx', join(here, 'main.ts'), ...options]);
}

/** Runs a command on this terminal, hands signals on and resolves to its exit code. */
function run(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`);
      resolve(1);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}
