import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BestBundle, Conflict, SweepView, TranslateResponse, fromJson } from '@honyaku/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../src/program.ts';
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
dataset: { vocabularySize: { source: 60, target: 60 } }
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
  beforeAll(async () => {
    stack = await startStack({ folder: join(folder, '.honyaku'), workers: 1 });
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
      lines.filter((line) => /epoch \d\/2 .* ppl train: [\d.]+, test: [\d.]+, BLEU [\d.]+/.test(line)),
    ).toHaveLength(4);
    expect(lines.at(-1)).toMatch(/is completed: best is trial/);

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

  it('keeps its address to its owner and refuses a second start in its folder', async () => {
    expect((await stat(join(stack.folder, 'api.json'))).mode & 0o777).toBe(0o600);
    await expect(startStack({ folder: stack.folder })).rejects.toThrow(Conflict);
  });

  it('leaves nothing running when it is stopped', async () => {
    const pids = await familyOf(stack.pids());
    expect(pids.length).toBeGreaterThanOrEqual(4);
    await stack.stop();
    expect(pids.filter(isRunning)).toEqual([]);
    expect(await readdir(stack.folder)).not.toContain('api.json');
  });
});

describe('honyaku up', () => {
  const bin = fileURLToPath(new URL('../bin/honyaku.mjs', import.meta.url));

  async function startUp(name: string) {
    const words = [bin, 'up', '--folder', name, '--workers', '1', '--port', '0', '--json'];
    // At the head of a group, as a shell starts it.
    const up = spawn(process.execPath, words, {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    const ended = once(up, 'exit');
    await once(createInterface({ input: up.stdout }), 'line');
    return { up, ended, pids: (await familyOf([up.pid ?? 0])).filter((pid) => pid !== up.pid) };
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

  it('leaves nothing running when it is killed', async () => {
    const { up, pids } = await startUp('twice');
    up.kill('SIGKILL');
    await expect.poll(() => pids.filter(isRunning)).toEqual([]);
  });
});

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
