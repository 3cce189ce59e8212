/** Processes of version 0.1.0 and of this one at the same Redis and the same bucket, as during an upgrade. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ApiClient } from '@honyaku/client';
import {
  DatasetSettings,
  type SweepView,
  type TrialView,
  fromJson,
  routes,
  submittedSettings,
} from '@honyaku/contracts';
import { tensorRuntime } from '@honyaku/contracts/examples';
import { examplePairs } from '@honyaku/data/examples';
import { freePort } from '@honyaku/embedded';
import { LocalStack, type Place, Program, endOf, uploadPairs } from '@honyaku/local-stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { placeFirstVersion } from './first-version.ts';

/** Six steps an epoch: weights that have learnt next to nothing, whose translations do not end by themselves. */
const settings = {
  dataset: DatasetSettings.parse({ vocabularySize: { source: 60, target: 48 } }),
  parameters: {
    embeddingSize: 16,
    hiddenSize: 16,
    batchSize: 64,
    learningRate: { type: 'float', low: 0.001, high: 0.01, log: true },
  },
  trials: 4,
  epochs: 2,
  concurrency: 4,
  runtime: tensorRuntime(),
};
/** Between two epochs. */
const wait = { seconds: 240, everyMilliseconds: 100 };
/** Ends what hangs. What is only slow is seen by its progress. */
const hangMilliseconds = 1_800_000;

let folder: string;
let stack: LocalStack;
let place: Place;
const earlier: Program[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-versions-'));
  place = { folder: join(folder, '0.1.0'), command: [process.execPath], environment: process.env };
  await placeFirstVersion(place.folder);
  stack = await LocalStack.start({
    folder: join(folder, 'stack'),
    environment: { HONYAKU_LOG_LEVEL: 'info' },
  });
}, hangMilliseconds);
afterAll(async () => {
  await Promise.all(earlier.map((program) => program.kill()));
  await stack?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A program of version 0.1.0. */
async function startEarlier(
  name: string,
  app: 'api' | 'worker',
  own: NodeJS.ProcessEnv = {},
): Promise<Program> {
  const port = await freePort();
  const program = new Program({
    name,
    script: `apps/${app}/src/main.ts`,
    port,
    place,
    logFile: stack.logFileOf(name),
    environment: { ...stack.environment, [`HONYAKU_${app.toUpperCase()}_PORT`]: String(port), ...own },
  });
  earlier.push(program);
  await program.start();
  return program;
}

const clientOf = ({ url }: Program) => new ApiClient({ url });

const workersOf = (trials: readonly TrialView[]) =>
  new Set(trials.flatMap(({ epochs }) => epochs.map(({ worker }) => worker)));

/** What a program has logged of something that it could not read; a busy machine may give it more to warn of. */
function complaintsIn(program: string): string[] {
  const lines = readFileSync(stack.logFileOf(program), 'utf8').split('\n');
  return lines.filter((line) => /unrecognized|unreadable|not be read|invalid|corrupt/i.test(line));
}

const run = promisify(execFile);
const bin = fileURLToPath(new URL('../../apps/cli/bin/honyaku.mjs', import.meta.url));
const Reproduced = z.object({
  same: z.boolean(),
  epochs: z.array(z.object({ before: z.string(), after: z.string() })),
});

describe('an API and a worker of version 0.1.0 beside those of this version', () => {
  let clients: { readonly before: ApiClient; readonly now: ApiClient };
  let sweep: object;
  /** A sweep that version 0.1.0 trained alone. */
  let alone: SweepView;
  beforeAll(async () => {
    const worker = { HONYAKU_WORKER_NAME: 'worker-before', HONYAKU_CACHE_DIR: join(folder, 'cache-before') };
    const [api] = await Promise.all([
      startEarlier('api-before', 'api'),
      startEarlier('worker-before', 'worker', worker),
    ]);
    const before = clientOf(api);
    const { digest } = await uploadPairs(before, examplePairs);
    sweep = { ...settings, corpus: { digest } };
    const { id } = await before.submit(JSON.stringify({ ...sweep, name: 'alone', trials: 1, epochs: 2 }));
    alone = await endOf(before, id, wait);
    const [now] = await Promise.all([stack.startApi({ name: 'api-now' }), stack.startWorker('worker-now')]);
    clients = { before, now: clientOf(now) };
  }, hangMilliseconds);

  it.each(['before', 'now'] as const)(
    'finish a sweep together that was submitted to that of %s, and show the same of it',
    async (by) => {
      // It knows no other kernels, split and decoding, and has no name for these.
      const named = submittedSettings(settings);
      const submitted = { ...sweep, ...(by === 'now' ? named : {}), name: `begun-${by}` };
      const { id } = await clients[by].submit(JSON.stringify(submitted));
      const view = await endOf(clients.now, id, wait);
      const { trials } = await clients.now.call(routes.sweepTrials, { id });
      expect(trials.map(({ state, reason }) => [state, reason])).toEqual(
        trials.map(() => ['completed', undefined]),
      );
      expect(view).toMatchObject({ state: 'completed', epochsDone: 8 });
      expect(workersOf(trials)).toEqual(new Set(['worker-before', 'worker-now']));
      expect(await endOf(clients.before, id, wait)).toEqual(view);
      expect((await clients.before.call(routes.sweepTrials, { id })).trials).toEqual(trials);
    },
    hangMilliseconds,
  );

  it('meet nothing of each other that they cannot read', () => {
    for (const name of ['api-before', 'api-now', 'worker-before', 'worker-now'])
      expect([name, complaintsIn(name)]).toEqual([name, []]);
  });

  it(
    'train a trial of version 0.1.0 again here, to the same bytes',
    async () => {
      await Promise.all(earlier.map((program) => program.terminate()));
      const { stdout } = await run(process.execPath, [bin, 'reproduce', `${alone.id}-0001`, '--json'], {
        env: { ...process.env, HONYAKU_API_URL: clients.now.address.url },
      });
      const { same, epochs } = fromJson(Reproduced, stdout, 'reproduce');
      expect(epochs.map(({ after }) => after)).toEqual(epochs.map(({ before }) => before));
      expect([same, epochs.length]).toEqual([true, 2]);
    },
    hangMilliseconds,
  );
});
