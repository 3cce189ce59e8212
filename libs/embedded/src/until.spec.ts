import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Unavailable } from '@honyaku/contracts';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { until } from './until.ts';

const folder = mkdtempSync(join(tmpdir(), 'honyaku-until-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('until', () => {
  it('asks again when there is no answer, or an error', async () => {
    const answers = [() => undefined, () => Promise.reject(new Error('not yet')), () => 'yes'];
    expect(await until({ what: 'answer', seconds: 5 }, () => answers.shift()?.())).toBe('yes');
  });

  it('says what did not come about, the last error, and the end of the log', async () => {
    const logFile = join(folder, 'a.log');
    writeFileSync(logFile, 'begun\nout of GPUs\n');
    const waiting = until({ what: 'ready worker', seconds: 0, logFile }, () =>
      Promise.reject(new Error('refused')),
    );
    await expect(waiting).rejects.toThrow(
      `within 0 s there was no ready worker: refused; the end of ${logFile}:\nbegun\nout of GPUs`,
    );
    await expect(waiting).rejects.toBeInstanceOf(Unavailable);
  });

  it('waits for as long as there is progress, and no longer', async () => {
    let now = 0;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => now);
    const wait = { what: 'end', seconds: 60, everyMilliseconds: 1 };
    const epochs = [0, 1, 2, 3, 4, 4, 4, 4];
    const asked: number[] = [];
    const waiting = until(wait, (progress) => {
      now += 40_000;
      const epoch = epochs[asked.length] ?? 0;
      asked.push(epoch);
      progress(epoch);
      return undefined;
    });
    await expect(waiting).rejects.toThrow('within 60 s there was no end');
    expect(asked).toEqual([0, 1, 2, 3, 4, 4, 4]);
    clock.mockRestore();
  });
});
