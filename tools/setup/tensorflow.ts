/** TensorFlow's C library and headers, out of the wheels of the Python package index. */
import { installedPaths } from '@honyaku/contracts';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { publishFolder, type Step } from './step.ts';
import { run } from './command.ts';
import { downloadWheel, installPackages, unzip } from './python-package.ts';

export const tensorFlowLibraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

/** Where one build of TensorFlow lies in the cache. */
export interface TensorFlow {
  readonly name: string;
  readonly libraries: string;
  readonly headers: string;
  /** NVIDIA's libraries, of the build for GPUs alone. */
  readonly nvidia?: string;
}

const version = '2.21.0';
/** All that the binding includes; the other 280 MB of headers stay in the wheel. */
const headers = ['tensorflow/c/', 'tensorflow/core/platform/', 'tsl/platform/', 'xla/tsl/c/'];

/** The build for this machine: CUDA where an NVIDIA GPU answers, else CPU; HONYAKU_TENSORFLOW=cpu|cuda decides otherwise. */
export async function chooseTensorFlow(environment = process.env): Promise<TensorFlow> {
  const { home } = installedPaths(environment);
  const asked = environment['HONYAKU_TENSORFLOW'];
  const cuda = asked === 'cuda' || (asked !== 'cpu' && (await hasNvidiaGpu()));
  if (!cuda) {
    const name = `tensorflow-cpu-${version}`;
    return { name, libraries: resolve(home, name), headers: resolve(home, name, 'include') };
  }
  const name = `tensorflow-cuda-${version}`;
  const libraries = resolve(home, name, 'tensorflow');
  return { name, libraries, headers: join(libraries, 'include'), nvidia: resolve(home, name, 'nvidia') };
}

async function hasNvidiaGpu(): Promise<boolean> {
  return run('nvidia-smi', ['--list-gpus'], { seconds: 20 }).then(
    (gpus) => gpus.includes('GPU'),
    () => false,
  );
}

export function tensorFlowStep(tensorFlow: TensorFlow): Step {
  const needed = [...tensorFlowLibraries.map((file) => join(tensorFlow.libraries, file)), tensorFlow.headers];
  return {
    name: 'TensorFlow',
    announcement: tensorFlow.nvidia
      ? `TensorFlow ${version} for CUDA (3 GB, 6 GB unpacked)`
      : `TensorFlow ${version} for CPU (274 MB)`,
    present: async () => (needed.every((path) => existsSync(path)) ? tensorFlow.name : undefined),
    install: () => (tensorFlow.nvidia ? installCuda(tensorFlow.name) : installCpu(tensorFlow.name)),
  };
}

async function installCpu(name: string): Promise<void> {
  await publishFolder(installedPaths().home, name, async (folder) => {
    const wheel = await downloadWheel('tensorflow-cpu', join(folder, 'wheel'));
    await unzip(wheel, folder, placeInCache);
    await rm(join(folder, 'wheel'), { recursive: true });
  });
}

function placeInCache(member: string): string | undefined {
  const path = member.replace(/^tensorflow\//, '');
  if (tensorFlowLibraries.some((file) => path === file)) return path;
  return headers.some((folder) => path.startsWith(`include/${folder}`)) ? path : undefined;
}

/** The wheels as they are: TensorFlow looks for NVIDIA's libraries beside itself. */
async function installCuda(name: string): Promise<void> {
  await publishFolder(installedPaths().home, name, (folder) =>
    installPackages('tensorflow-cuda', folder, 'any'),
  );
}
