/** Installs the npm packages that package-lock.json names, when node_modules is not made of that very file. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const limitSeconds = 1800;

/** Whether node_modules is made of package-lock.json. */
export function hasNpmPackages(root) {
  return readIfThere(stampIn(root)) === lockOf(root);
}

/** @throws Error with the last lines of npm's log */
export function installNpmPackages(root, home) {
  if (hasNpmPackages(root)) return console.log('✓ npm packages: there');

  console.log('… npm packages (400 MB in node_modules)');
  const started = Date.now();
  const logPath = join(home, 'npm-ci.log');
  const log = openSync(logPath, 'w');
  const outcome = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=warn'], {
    cwd: root,
    stdio: ['ignore', log, log],
    timeout: limitSeconds * 1000,
    env: { ...process.env, ...cacheSetting(home) },
  });
  closeSync(log);
  if (outcome.status !== 0) {
    const tail = readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
    const how = outcome.error ? outcome.error.message : `exit code ${outcome.status ?? outcome.signal}`;
    throw new Error(
      `The npm packages could not be installed: npm ci ended with ${how}.\n${tail}\n` +
        `The whole log is ${logPath}. Check the network and npm's registry setting (npm config get registry), then run this again.`,
    );
  }
  writeFileSync(stampIn(root), lockOf(root));
  console.log(`✓ npm packages: installed, ${Math.round((Date.now() - started) / 1000)} s`);
}

function lockOf(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function stampIn(root) {
  return join(root, 'node_modules', '.honyaku-lock-sha256');
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A user without a home folder that can be written has no npm cache there. */
function cacheSetting(home) {
  try {
    const cache = process.env.npm_config_cache ?? join(homedir(), '.npm');
    mkdirSync(cache, { recursive: true });
    accessSync(cache, constants.W_OK);
    return {};
  } catch {
    return { npm_config_cache: join(home, 'npm-cache') };
  }
}
