import { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cancelled, Unavailable, giveBackSeconds } from '@honyaku/contracts';
import { answersWell, freePort } from '@honyaku/embedded';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { Program } from './program.ts';
import { SupervisedProgram } from './supervised-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'honyaku-program-'));
const programs: Program[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  return Promise.all(programs.splice(0).map((program) => program.kill()));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function program(behaviour = 'serves', readySeconds = 300): Promise<Program> {
  const port = await freePort();
  const made = new Program({
    name: 'small program',
    script: 'libs/local-stack/src/small-program.fixture.ts',
    environment: { PORT: String(port), BEHAVIOUR: behaviour },
    logFile: join(folder, `${port}.log`),
    port,
    readySeconds,
  });
  programs.push(made);
  return made;
}

describe('a program', () => {
  it('has started once it serves, and has ended once it was stopped', async () => {
    const small = await program();
    await small.start();
    expect(await answersWell(`${small.url}/readyz`)).toBe(true);
    expect(await small.terminate()).toBe(0);
    expect(small.runs).toBe(false);
  });

  it('gets the user’s device and limits, and nothing that is meant for other servers', async () => {
    vi.stubEnv('HONYAKU_HOME', undefined);
    vi.stubEnv('HONYAKU_DEVICE', 'cpu');
    for (const name of [
      'HONYAKU_WORKER_ROLES',
      'HONYAKU_S3_PUBLIC_ENDPOINT',
      'HONYAKU_OF_TOMORROW',
      'AWS_PROFILE',
    ])
      vi.stubEnv(name, 'others');
    const small = await program();
    await small.start();
    const names = readFileSync(`/proc/${small.pid}/environ`, 'utf8').split('\0');
    expect(names.filter((name) => /^(HONYAKU|AWS)_/.test(name))).toEqual(['HONYAKU_DEVICE=cpu']);
    expect(names).toContain(`PATH=${process.env['PATH']}`);
  });

  it('can be frozen, and started again after a kill', async () => {
    const small = await program();
    await small.start();
    const { pid } = small;
    small.freeze();
    expect(await answersWell(`${small.url}/readyz`, 300)).toBe(false);
    small.thaw();
    await expect.poll(() => answersWell(`${small.url}/readyz`)).toBe(true);
    await small.kill();
    await small.start();
    expect(small.pid).not.toBe(pid);
  });

  it('that ends at its start is named with the end of its log', async () => {
    const failing = await program('fails');
    const start = failing.start();
    await expect(start).rejects.toBeInstanceOf(Unavailable);
    await expect(start).rejects.toThrow(/small program ended at its start; .*\nno model at hand$/s);
  });

  it('that is not ready in time is named with its address', async () => {
    const slow = await program('is never ready', 0);
    await expect(slow.start()).rejects.toThrow(
      `within 0 s there was no answer from small program at ${slow.url}`,
    );
  });

  it('is waited for until the start is interrupted', async () => {
    const slow = await program('is never ready');
    await expect(slow.start(AbortSignal.timeout(100))).rejects.toBeInstanceOf(Cancelled);
  });
});

describe('a supervised program', () => {
  afterEach(() => void vi.useRealTimers());
  const fail = (error: Error) => expect.unreachable(error.message);

  it('has the time that a worker takes to give its job back, and is killed after it', async () => {
    const small = await program('ignores SIGTERM');
    const supervised = new SupervisedProgram(small, { onEvent: () => undefined, onLost: fail });
    await supervised.start(new AbortController().signal);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const stopped = supervised.stop();
    const killed = vi.spyOn(ChildProcess.prototype, 'kill');
    await vi.advanceTimersByTimeAsync(giveBackSeconds * 1000);
    expect(killed).not.toHaveBeenCalledWith('SIGKILL');
    await vi.advanceTimersByTimeAsync(10_000);
    await stopped;
    expect(killed).toHaveBeenCalledWith('SIGKILL');
  });

  it('is started again when it dies, and not when it was stopped', async () => {
    const small = await program();
    const events: string[] = [];
    const supervised = new SupervisedProgram(small, {
      onEvent: (sentence) => events.push(sentence),
      onLost: fail,
    });
    await supervised.start(new AbortController().signal);
    const { pid } = small;
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => answersWell(`${small.url}/readyz`)).toBe(true);
    await expect.poll(() => supervised.pid ?? pid).not.toBe(pid);
    expect(events).toEqual(['small program died (SIGKILL); it is started again in 1 s']);
    await supervised.stop();
    expect(supervised.pid).toBeUndefined();
  });
});
