import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { notTooOften } from './log.ts';

const fixture = fileURLToPath(new URL('./log.fixture.ts', import.meta.url));
const run = (command: string) =>
  promisify(execFile)('sh', ['-c', command], {
    cwd: fileURLToPath(new URL('../../../', import.meta.url)),
    timeout: 240_000,
  });
const program = `'${process.execPath}' --import tsx '${fixture}'`;

describe('the log of a program', () => {
  it('is one JSON object a line, with the fields of all', async () => {
    const { stdout } = await run(program);
    const lines = stdout.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject(
      [1, 2, 3].map((line) => ({ service: 'fixture', line, msg: 'a line' })),
    );
  });

  it('loses lines on a full disk, and the program goes on and ends well', async () => {
    expect((await run(`${program} > /dev/full`)).stderr).toBe('it goes on\n');
    await run(`${program} > /dev/full 2> /dev/full`);
  });

  it('has an error that comes again and again once in ten seconds', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const logged: string[] = [];
    const log = notTooOften(({ message }) => logged.push(message));
    for (const message of ['full', 'full', 'gone', 'gone', 'full']) log(new Error(message));
    expect(logged).toEqual(['full', 'gone', 'full']);
    vi.advanceTimersByTime(10_000);
    log(new Error('full'));
    vi.useRealTimers();
    expect(logged).toEqual(['full', 'gone', 'full', 'full']);
  });
});
