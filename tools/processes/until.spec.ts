import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Unavailable } from '@honyaku/contracts';
import { afterAll, describe, expect, it } from 'vitest';
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
});
