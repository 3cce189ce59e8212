/**
 * tfjs-node's native binding, compiled against our TensorFlow. It uses TensorFlow's C API and Node-API only,
 * so one build serves Node 20, 22 and 24; the cache keeps it for the next clone.
 */
import { Bug, installedPaths } from '@honyaku/contracts';
import { createHash } from 'node:crypto';
import { type Dirent } from 'node:fs';
import { mkdir, readdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { publishFile, publishFolder, readIfThere, type Step } from './step.ts';
import { run } from './command.ts';
import { tensorFlowLibraries, type TensorFlow } from './tensorflow.ts';

const modules = join(import.meta.dirname, '..', '..', 'node_modules');
const packageFolder = join(modules, '@tensorflow', 'tfjs-node-gpu');
const headersOfNode = join(modules, 'node-api-headers', 'include');
const bindingFile = join(packageFolder, 'lib', 'napi-v8', 'tfjs_binding.node');
/** Of our own, beside tfjs's. */
const signals = join(import.meta.dirname, 'binding', 'signals.cc');
const compileFlags = [
  '-O2 -std=c++17 -shared -fPIC -DNAPI_VERSION=8 -DBUILDING_NODE_EXTENSION -I. -I.. -Ideps/include',
  'binding/tfjs_backend.cc binding/tfjs_binding.cc -Ldeps/lib -ltensorflow -ltensorflow_framework',
  '-Wl,-rpath,$ORIGIN/../../deps/lib',
].join(' ');

export function bindingStep(tensorFlow: TensorFlow): Step {
  return {
    name: 'tfjs-node binding',
    announcement: 'the native binding of tfjs-node, compiled by g++',
    async present() {
      if (!(await allLinksAreRight(tensorFlow))) return undefined;
      const cached = await readIfThere(
        join(installedPaths().home, await cacheName(tensorFlow), 'tfjs_binding.node'),
      );
      const inPlace = await readIfThere(bindingFile);
      return cached && inPlace?.equals(cached) ? `for ${tensorFlow.name}` : undefined;
    },
    async install() {
      await makeLinks(tensorFlow);
      const name = await cacheName(tensorFlow);
      const cachedFile = join(installedPaths().home, name, 'tfjs_binding.node');
      if (!(await readIfThere(cachedFile))) await compile(name);
      await publishFile(bindingFile, await readFile(cachedFile));
      await addOnce();
    },
  };
}

/** Path below the package's `deps` → where the link points. */
function linksOf({ libraries, headers, nvidia }: TensorFlow): [string, string][] {
  const [cc, framework] = tensorFlowLibraries;
  return [
    ['include', headers],
    [`lib/${cc}`, join(libraries, cc)],
    [`lib/${framework}`, join(libraries, framework)],
    ['lib/libtensorflow.so', cc],
    ['lib/libtensorflow.so.2', cc],
    ['lib/libtensorflow_framework.so', framework],
    ...(nvidia === undefined ? [] : [['nvidia', nvidia] satisfies [string, string]]),
  ];
}

async function allLinksAreRight(tensorFlow: TensorFlow): Promise<boolean> {
  const targets = await Promise.all(
    linksOf(tensorFlow).map(async ([path, target]) => {
      const found = await readlink(join(packageFolder, 'deps', path)).catch(() => undefined);
      return found === target;
    }),
  );
  return targets.every((right) => right);
}

async function makeLinks(tensorFlow: TensorFlow): Promise<void> {
  await rm(join(packageFolder, 'deps'), { recursive: true, force: true });
  await mkdir(join(packageFolder, 'deps', 'lib'), { recursive: true });
  for (const [path, target] of linksOf(tensorFlow)) await symlink(target, join(packageFolder, 'deps', path));
}

/** Names the version of tfjs-node, the build of TensorFlow, the sources and the flags. */
async function cacheName(tensorFlow: TensorFlow): Promise<string> {
  const hash = createHash('sha256')
    .update(compileFlags)
    .update(await readFile(signals));
  const folder = join(packageFolder, 'binding');
  const files = await readdir(folder, { withFileTypes: true });
  for (const file of files
    .filter((entry: Dirent) => entry.isFile())
    .map(({ name }) => name)
    .sort())
    hash.update(file).update(await readFile(join(folder, file)));
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  return `tfjs-binding-${version}-${tensorFlow.name}-${hash.digest('hex').slice(0, 12)}`;
}

async function compile(name: string): Promise<void> {
  await publishFolder(installedPaths().home, name, async (folder) => {
    const output = ['-o', join(folder, 'tfjs_binding.node'), `-I${headersOfNode}`];
    await run('g++', [signals, ...compileFlags.split(' '), ...output], { cwd: packageFolder, seconds: 600 });
  });
}

/** One addition in a process of its own; without it the binding does not count as installed. @throws Bug */
async function addOnce(): Promise<void> {
  try {
    await run(process.execPath, [join(import.meta.dirname, 'add-once.mjs')], { seconds: 120 });
  } catch (cause) {
    await rm(bindingFile, { force: true });
    throw new Bug(
      'TensorFlow was installed and its binding compiled, but it does not add two numbers here.',
      {
        cause,
      },
    );
  }
}
