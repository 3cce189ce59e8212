/** What the machine must bring: names everything that is lacking at once, each with how to get it. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const gigabyte = 1024 ** 3;
const bytesOfTensorFlow = 2 * gigabyte;

/** @returns {string[]} a sentence for each lack; empty on a machine that has all */
export function missingPrerequisites(home) {
  return [
    missingPlatform(),
    missingProcessor(),
    missingNode(),
    missingProgram('npm', 'npm comes with Node: https://nodejs.org'),
    missingPython(),
    missingProgram('g++', 'apt-get install g++'),
    missingProgram('flock', 'apt-get install util-linux'),
    missingProgram('perl', 'apt-get install perl-base'),
    missingHome(home),
  ].filter((lack) => lack !== undefined);
}

function missingPlatform() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    return `Linux on x86_64 (this is ${process.platform} on ${process.arch}; a container or a virtual machine will do)`;
  process.report.excludeNetwork = true;
  const glibc = process.report.getReport().header.glibcVersionRuntime;
  if (!glibc)
    return 'glibc (Alpine and others with musl do not run TensorFlow; Debian, Ubuntu and Fedora do)';
  return isAtLeast(glibc, [2, 28]) ? undefined : `glibc 2.28 or later (this is ${glibc}; Debian 10 has it)`;
}

/** @param {string} cpuinfo the kernel's file; one without flags says nothing */
export function missingProcessor(cpuinfo = '/proc/cpuinfo') {
  if (!existsSync(cpuinfo)) return undefined;
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync(cpuinfo, 'utf8'))?.[1];
  return flags === undefined || flags.split(/\s+/).includes('avx')
    ? undefined
    : 'a processor with AVX, which TensorFlow is compiled for (a virtual machine hides it unless its processor type is "host" or a newer one)';
}

function missingNode() {
  return isAtLeast(process.versions.node, [20, 19])
    ? undefined
    : `Node 20.19 or later (this is ${process.versions.node}; https://nodejs.org)`;
}

function missingPython() {
  const script =
    'import sys, importlib.util; print(*sys.version_info[:2], importlib.util.find_spec("pip") is not None)';
  const asked = spawnSync('python3', ['-c', script], { encoding: 'utf8', timeout: 20_000 });
  if (asked.status !== 0) return 'python3 with pip (apt-get install python3 python3-pip)';
  const [major, minor, pip] = asked.stdout.trim().split(' ');
  if (!isAtLeast(`${major}.${minor}`, [3, 9]) || isAtLeast(`${major}.${minor}`, [3, 15]))
    return `python3 of version 3.9 to 3.14 (this is ${major}.${minor})`;
  return pip === 'True' ? undefined : 'pip for python3 (apt-get install python3-pip)';
}

function missingProgram(name, howToGet) {
  const found = (process.env.PATH ?? '').split(delimiter).some((folder) => canRun(join(folder, name)));
  return found ? undefined : `${name} (${howToGet})`;
}

function canRun(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function missingHome(home) {
  try {
    mkdirSync(home, { recursive: true });
    accessSync(home, constants.W_OK);
  } catch (error) {
    return `a cache folder that can be written: ${home} cannot (${error.code}); name another in HONYAKU_HOME`;
  }
  if (readdirSync(home).some((name) => name.startsWith('tensorflow-'))) return undefined;
  const { bavail, bsize } = statfsSync(home);
  return bavail * bsize >= bytesOfTensorFlow
    ? undefined
    : `2 GB of free space in ${home} (there are ${((bavail * bsize) / gigabyte).toFixed(1)}); or name another folder in HONYAKU_HOME`;
}

/** @param {string} version @param {[number, number]} least */
function isAtLeast(version, [major, minor]) {
  const [a = 0, b = 0] = version.split('.').map(Number);
  return a > major || (a === major && b >= minor);
}
