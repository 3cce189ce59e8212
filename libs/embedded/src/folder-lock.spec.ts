import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Conflict } from '@honyaku/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'folder-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('lockFolder', () => {
  it('lets one holder in at a time, and names its process to the others', async () => {
    const first = await lockFolder(folder, 'platform');
    const second = lockFolder(folder, 'platform');
    await expect(second).rejects.toThrow(Conflict);
    await expect(second).rejects.toThrow(
      `${folder} is in use by the platform with process id ${process.pid}`,
    );
    first.release();
    (await lockFolder(folder, 'platform')).release();
  });

  it('takes nothing from the next holder when it is released twice', async () => {
    const first = await lockFolder(folder, 'platform');
    first.release();
    const second = await lockFolder(folder, 'platform');
    first.release();
    await expect(lockFolder(folder, 'platform')).rejects.toThrow(Conflict);
    second.release();
  });

  it('is over when its process is killed, though a child of that lives on', async () => {
    const script = `
      import { spawn } from 'node:child_process';
      import { lockFolder } from ${JSON.stringify(new URL('./folder-lock.ts', import.meta.url).href)};
      await lockFolder(${JSON.stringify(folder)}, 'platform');
      console.log(spawn('sleep', ['600'], { stdio: 'ignore' }).pid);
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [child] = await once(holder.stdout, 'data');
    try {
      await expect(lockFolder(folder, 'platform')).rejects.toThrow(`process id ${holder.pid}`);
      const ended = once(holder, 'exit');
      holder.kill('SIGKILL');
      await ended;
      (await lockFolder(folder, 'platform')).release();
    } finally {
      process.kill(Number(String(child)), 'SIGKILL');
    }
  });
});
