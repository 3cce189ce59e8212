import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NextTasks } from './next-tasks.ts';
import type { Task } from './speculation.ts';
import type { EvaluateResult } from './tasks.ts';

/** An evaluation that only ends when it is aborted. */
function endless(key: string): Task<EvaluateResult, never> {
  return {
    key,
    run: (_folder, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      }),
  };
}

describe('NextTasks', () => {
  let attemptsFolder: string;
  let next: NextTasks;
  beforeEach(async () => {
    attemptsFolder = await mkdtemp(join(tmpdir(), 'honyaku-next-'));
    next = new NextTasks({ attemptsFolder, logger: pino({ level: 'silent' }) });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(async () => {
    vi.useRealTimers();
    await next.cancelAll();
    await rm(attemptsFolder, { recursive: true, force: true });
  });

  it('cancels an evaluation whose job has not arrived after five seconds', () => {
    void next.evaluations.start(endless('one'));
    next.expect('evaluations');
    vi.advanceTimersByTime(4_999);
    expect(next.evaluations.isRunning).toBe(true);
    vi.advanceTimersByTime(1);
    expect(next.evaluations.isRunning).toBe(false);
  });

  it('does not apply the deadline of one evaluation to the next', async () => {
    const stop = new AbortController();
    void next.evaluations.start(endless('one'));
    next.expect('evaluations');
    vi.advanceTimersByTime(3_000);
    const taken = next.evaluations.take(
      endless('one'),
      { signal: stop.signal, onProgress: () => undefined },
      async () => undefined,
    );
    stop.abort();
    await expect(taken).rejects.toThrow();
    next.expect('trainings');
    void next.evaluations.start(endless('two'));
    vi.advanceTimersByTime(3_000);
    expect(next.evaluations.isRunning).toBe(true);
  });
});
