import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { BestBundle, Conflict, SweepView, TranslateResponse, fromJson } from '@honyaku/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../src/program.ts';
import { takeStackFolder } from '../src/stack-folder.ts';
import { type Stack, startStack } from '../src/stack.ts';
import { RecordedTerminal } from './command-line.ts';

const pairs = 240;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'honyaku-stack-'));
  await writeFile(join(folder, 'pairs.tsv'), generatedPairs());
  await writeFile(
    join(folder, 'sweep.yaml'),
    `name: tiny
corpus: { kind: tsv, path: pairs.tsv }
dataset: { vocabularySize: { source: 60, target: 60 }, cleaning: none }
parameters:
  embeddingSize: 16
  hiddenSize: 16
  batchSize: 8
  averageBest: 2
  learningRate: { type: choice, values: [0.001, 0.01] }
sampler: grid
trials: 2
concurrency: 2
epochs: 2
runtime: { threads: 1 }
`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

describe('a stack', () => {
  let stack: Stack;
  const events: string[] = [];
  beforeAll(async () => {
    const onEvent = (sentence: string) => events.push(sentence);
    stack = await startStack({ folder: join(folder, '.honyaku'), workers: 1, onEvent });
  });
  afterAll(() => stack.stop());

  const honyaku = async (...words: string[]) => {
    const terminal = new RecordedTerminal(folder);
    const code = await run(words, terminal);
    expect(terminal.notices).not.toContain('honyaku:');
    expect(code).toBe(0);
    return terminal.text;
  };

  it('takes a sweep from its file to translations and a report', async () => {
    const lines = (await honyaku('submit', 'sweep.yaml', '--watch')).trimEnd().split('\n');
    const [id = ''] = lines;
    expect(
      lines.filter((line) => /epoch \d\/2 .* ppl train: [\d.]+, dev: [\d.]+, BLEU [\d.]+/.test(line)),
    ).toHaveLength(4);
    const scores = (search: string) => String.raw`ppl [\d.]+, BLEU [\d.]+${search} \(look-up [\d.]+\)`;
    expect(lines.find((line) => line.includes('is completed: best is trial'))).toMatch(
      new RegExp(`test ${scores(' by beam 4')} of \\d+ sentences.*; dev ${scores('')}`),
    );

    expect(await honyaku('show', id)).toMatch(/│ 1 ★ +│|│ 2 ★ +│/);
    expect(await honyaku('ls')).toContain(id);

    const { config } = fromJson(BestBundle, await honyaku('best', id, '--output', 'best', '--json'), 'best');
    const model = await stat(join(folder, 'best', config.files.model.key));
    expect(model.size).toBe(config.files.model.bytes);
    expect(await readdir(join(folder, 'best'))).toHaveLength(4);

    const answer = fromJson(TranslateResponse, await honyaku('translate', id, 'a b c', '--json'), 'answer');
    expect(answer).toMatchObject({ trialId: config.trialId, epoch: config.epoch });
    expect(answer.translations).toHaveLength(1);

    const [own, first] = await Promise.all(
      [config.trialId, `${config.trialId}:1`].map((trial) =>
        honyaku('compare', `${config.trialId}:1`, trial, '--json'),
      ),
    );
    expect(JSON.parse(own ?? '')).toMatchObject({
      baseline: `${config.trialId}:1`,
      scores: [{ metric: 'BLEU' }, { metric: 'chrF2' }],
    });
    expect(JSON.parse(first ?? '').scores[0]).toMatchObject({ difference: 0, pValue: 1 });

    await honyaku('report', id);
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('<svg');
    expect(fromJson(SweepView, await honyaku('cancel', id, '--json'), 'cancel').state).toBe('completed');
  });

  it('starts a worker again that was killed', async () => {
    const [before = 0] = stack.workerPids();
    process.kill(before, 'SIGKILL');
    await expect.poll(() => stack.workerPids()).not.toEqual([before]);
    await expect.poll(() => stack.workerPids().length).toBe(1);
  });

  it('starts Redis and the object store again when they die, and a sweep that runs goes on to its end', async () => {
    const file = await readFile(join(folder, 'sweep.yaml'), 'utf8');
    await writeFile(join(folder, 'longer.yaml'), file.replace('epochs: 2', 'epochs: 6'));
    const id = (await honyaku('submit', 'longer.yaml')).trim();
    const terminal = new RecordedTerminal(folder);
    const watched = run(['watch', id], terminal);
    events.splice(0);
    await expect.poll(() => terminal.text).toContain('epoch 1/6');
    killAll(stack, ['redis-server', 'weed']);
    expect(await watched).toBe(0);
    expect(terminal.text).toContain(`sweep ${id} is completed`);
    expect(events.toSorted()).toEqual([
      'Redis died (SIGKILL); it is started again in 1 s',
      'Redis is ready',
      'object store died (SIGKILL); it is started again in 1 s',
      'object store is ready',
    ]);
  });

  it('keeps its address to its owner', async () => {
    expect((await stat(join(stack.folder, 'api.json'))).mode & 0o777).toBe(0o600);
  });

  it('refuses a second start in its folder though its API does not answer, and nothing there is removed', async () => {
    const [api = 0] = stack.pids().filter((pid) => commandOf(pid).includes('apps/api'));
    process.kill(api, 'SIGSTOP');
    try {
      await refuses(stack.folder);
    } finally {
      process.kill(api, 'SIGCONT');
    }
  });

  it('leaves nothing running when it is stopped', async () => {
    const pids = await familyOf(stack.pids());
    expect(pids.length).toBeGreaterThanOrEqual(4);
    await stack.stop();
    expect(pids.filter(isRunning)).toEqual([]);
    expect(await readdir(stack.folder)).not.toContain('api.json');
  });
});

it('has its folder from the beginning of its start to the end of its stop', async () => {
  const place = join(folder, 'held');
  const events: string[] = [];
  const starting = startStack({ folder: place, workers: 0, onEvent: (sentence) => events.push(sentence) });
  await expect.poll(() => events).toContain('Redis is ready');
  await refuses(place);
  const stack = await starting;
  const [api = 0] = stack.pids().filter((pid) => commandOf(pid).includes('apps/api'));
  // So that the stop lasts until it goes on.
  process.kill(api, 'SIGSTOP');
  const stopped = stack.stop();
  await refuses(place);
  process.kill(api, 'SIGCONT');
  await stopped;
  (await takeStackFolder(place, { fresh: true })).release();
  expect(await readdir(place)).not.toContain('redis');
});

describe('honyaku up', () => {
  const bin = fileURLToPath(new URL('../bin/honyaku.mjs', import.meta.url));

  async function startUp(name: string) {
    const words = [bin, 'up', '--folder', name, '--workers', '1', '--port', '0', '--json'];
    // At the head of a group, as a shell starts it.
    const up = spawn(process.execPath, words, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const notices = text(up.stderr);
    const ended = once(up, 'exit');
    await once(createInterface({ input: up.stdout }), 'line');
    return { up, ended, notices, pids: (await familyOf([up.pid ?? 0])).filter((pid) => pid !== up.pid) };
  }

  it('names a folder that it cannot use, at once', async () => {
    const terminal = new RecordedTerminal(folder);
    expect(await run(['up', '--folder', '/proc/x'], terminal)).toBe(2);
    expect(terminal.notices).toMatch(/^honyaku: the folder \/proc\/x cannot be used: it cannot be created/);
  });

  it('stops its services in order after Ctrl-C, and leaves nothing running', async () => {
    const { up, ended, pids } = await startUp('once');
    expect(pids.length).toBeGreaterThanOrEqual(4);
    // A terminal signals the whole group.
    process.kill(-(up.pid ?? 0), 'SIGINT');
    expect(await ended).toEqual([0, null]);
    expect(pids.filter(isRunning)).toEqual([]);
    const log = await readFile(join(folder, 'once', 'logs', 'worker-1.log'), 'utf8');
    expect(log).toMatch(/"reason":"SIGTERM","msg":"stopping"/);
    expect(log).not.toContain('SIGINT');
  });

  it('ends, naming the log, when Redis died and cannot be started again, and leaves nothing running', async () => {
    const { ended, notices, pids } = await startUp('lost');
    const redis = join(folder, 'lost', 'redis');
    // Neither the file of Redis 6 nor the folder of Redis 7 can be read.
    for (const name of ['appendonly.aof', 'appendonlydir'])
      await rm(join(redis, name), { recursive: true, force: true });
    await mkdir(join(redis, 'appendonly.aof'));
    await writeFile(join(redis, 'appendonlydir'), 'not a folder');
    const [server = 0] = pids.filter((pid) => commandOf(pid).includes('redis-server'));
    process.kill(server, 'SIGKILL');
    expect(await ended).toEqual([3, null]);
    expect(await notices).toMatch(
      new RegExp(`Redis died and cannot be started again: [^]*the end of ${join(redis, 'redis.log')}:`),
    );
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it('leaves nothing running when it is killed', async () => {
    const { up, pids } = await startUp('twice');
    up.kill('SIGKILL');
    await expect.poll(() => pids.filter(isRunning)).toEqual([]);
  });
});

/** A second start is refused, whether it begins anew or not, and leaves the first one's files alone. */
async function refuses(place: string): Promise<void> {
  const [redis, objects] = [join(place, 'redis'), join(place, 'objects')];
  const before = await Promise.all([redis, objects].map((path) => stat(path)));
  for (const fresh of [false, true]) {
    const second = startStack({ folder: place, fresh });
    await expect(second).rejects.toThrow(Conflict);
    await expect(second).rejects.toThrow(/is in use/);
  }
  const after = await Promise.all([redis, objects].map((path) => stat(path)));
  expect(after.map(({ ino }) => ino)).toEqual(before.map(({ ino }) => ino));
}

function killAll(stack: Stack, programs: readonly string[]): void {
  const pids = stack.pids().filter((pid) => programs.some((program) => commandOf(pid).includes(program)));
  expect(pids).toHaveLength(programs.length);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}

/** Sentences of which the target is the source with other letters: something to learn, without a licence. */
function generatedPairs(): string {
  const letters = [...'abcdefgh'];
  const line = (number: number) => {
    const words = Array.from(
      { length: 2 + (number % 4) },
      (_, at) => letters[(number * (at + 3) + at) % 8] ?? '',
    );
    return `${words.join(' ')} ${number}\t${words.map((word) => word.toUpperCase()).join(' ')} ${number}\n`;
  };
  return Array.from({ length: pairs }, (_, number) => line(number)).join('');
}

/** The processes and all their descendants. */
async function familyOf(pids: readonly number[]): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const family = new Set(pids);
  for (let size = -1; size !== family.size;) {
    size = family.size;
    for (const pid of all) if (family.has(statusOf(pid)?.parent ?? -1)) family.add(pid);
  }
  return [...family];
}

/** A process that has ended, and whose exit code nobody has asked for yet, does not run. */
function isRunning(pid: number): boolean {
  const state = statusOf(pid)?.state;
  return state !== undefined && state !== 'Z';
}

function statusOf(pid: number): { state: string; parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [, state = '', parent] = /^State:\s+(\w)[^]*^PPid:\s+(\d+)/m.exec(text) ?? [];
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
