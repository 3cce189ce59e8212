/**
 * Our native kernels (libs/kernels/native), compiled for every instruction set by g++ alone; which one runs is decided
 * when the library is loaded. The cache keeps the library for the next clone.
 */
import { installedPaths, Unavailable } from '@honyaku/contracts';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { run } from './command.ts';
import { publishFile, publishFolder, readIfThere, type Step } from './step.ts';
import { tensorFlowLibraries, type TensorFlow } from './tensorflow.ts';

const root = join(import.meta.dirname, '..', '..');
const sources = join(root, 'libs', 'kernels', 'native');
const headersOfNode = join(root, 'node_modules', 'node-api-headers', 'include');
const fileName = 'honyaku_kernels.node';
const fileInPlace = join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu', 'lib', 'napi-v8', fileName);

/**
 * The same source gives the same bytes: no -ffast-math, and products are fused with sums only where the source says
 * so. IS_SLIM_BUILD spares TensorFlow's header an include that the wheel does not have.
 */
const flags =
  '-O2 -std=c++17 -fPIC -fvisibility=hidden -ffp-contract=off -w -DIS_SLIM_BUILD -DNAPI_VERSION=8'.split(' ');

const avx2 = ['-mavx2', '-mfma'];
const avx512 = [...avx2, '-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl'];

/** The file that holds all kernels is compiled once for each of these; libs/kernels/native/dispatch.cc has the same. */
const instructionSets: Readonly<Record<string, readonly string[]>> = {
  x86_64: [],
  avx2,
  avx512,
  avx512_bf16: [...avx512, '-mavx512bf16'],
};
const kernelsFile = 'instruction_set.cc';
const otherFiles = [
  'decoding_operations.cc',
  'dispatch.cc',
  'module.cc',
  'operations.cc',
  'row_operations.cc',
  'scratch.cc',
  'tensorflow.cc',
  'threads.cc',
  'transformer_operations.cc',
];

export function kernelsStep(tensorFlow: TensorFlow): Step {
  return {
    name: 'native kernels',
    announcement: 'the native kernels, compiled by g++',
    async present() {
      const name = await cacheName(tensorFlow).catch(() => undefined);
      if (name === undefined) return undefined;
      const cached = await readIfThere(join(installedPaths().home, name, fileName));
      const inPlace = await readIfThere(fileInPlace);
      return cached && inPlace?.equals(cached) ? Object.keys(instructionSets).join(', ') : undefined;
    },
    async install() {
      const name = await cacheName(tensorFlow);
      const cachedFile = join(installedPaths().home, name, fileName);
      if (!(await readIfThere(cachedFile))) await build(name, tensorFlow);
      await publishFile(fileInPlace, await readFile(cachedFile));
    },
  };
}

/** Names the sources, the flags, the compiler and the build of TensorFlow. */
async function cacheName(tensorFlow: TensorFlow): Promise<string> {
  const hash = createHash('sha256')
    .update(JSON.stringify([flags, instructionSets, tensorFlow.name]))
    .update(await run('g++', ['--version'], { seconds: 20 }));
  for (const file of (await readdir(sources)).sort())
    hash.update(file).update(await readFile(join(sources, file)));
  return `kernels-${hash.digest('hex').slice(0, 12)}`;
}

async function build(name: string, tensorFlow: TensorFlow): Promise<void> {
  const includes = ['-isystem', tensorFlow.headers, '-isystem', headersOfNode];
  const version = `-DHONYAKU_KERNELS_VERSION="${name.replace('kernels-', '')}"`;
  await publishFolder(installedPaths().home, name, async (folder) => {
    const objects = [
      ...Object.entries(instructionSets).map(([set, options]) => ({
        source: kernelsFile,
        options: [...options, `-DINSTRUCTION_SET=${set}`],
        object: join(folder, `${set}.o`),
      })),
      ...otherFiles.map((source) => ({ source, options: [version], object: join(folder, `${source}.o`) })),
    ];
    const waiting = [...objects];
    const compileWaiting = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift())
        await compile([...flags, ...next.options, ...includes, '-c', next.source, '-o', next.object]).catch(
          (error: unknown) => {
            waiting.length = 0;
            throw error;
          },
        );
    };
    // None must write into a folder that is removed because another one failed.
    const outcomes = await Promise.allSettled(Array.from({ length: availableParallelism() }, compileWaiting));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    const [, framework] = tensorFlowLibraries;
    await compile([
      ...['-shared', '-pthread', ...objects.map(({ object }) => object)],
      ...[`-L${tensorFlow.libraries}`, `-l:${framework}`, '-Wl,-rpath,$ORIGIN/../../deps/lib'],
      ...['-o', join(folder, fileName)],
    ]);
    await Promise.all(objects.map(({ object }) => rm(object)));
  });
}

/** @throws Unavailable with the compiler's first error */
async function compile(args: readonly string[]): Promise<void> {
  let output = '';
  const onOutput = (text: string) => (output += text);
  await run('g++', args, { cwd: sources, seconds: 600, onOutput }).catch((cause: unknown) => {
    const firstError = output.split('\n').find((line) => line.includes('error:'));
    throw new Unavailable(
      `The native kernels could not be compiled${firstError === undefined ? '' : ` (${firstError.trim()})`}.`,
      { cause },
    );
  });
}
