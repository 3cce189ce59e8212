import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Conflict, InvalidInput } from '@honyaku/contracts';
import { lockFolder } from '@honyaku/embedded';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeLogs, takeStackFolder } from './stack-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stack-folder-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const kept = { fresh: false };
/** One run from its start to its end. */
const takeAndLeave = async (place: string, options: { fresh: boolean }) => {
  (await takeStackFolder(place, options)).release();
};
async function put(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), 'text');
  }
}
const files = async () => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
};

describe('the folder of `up`', () => {
  it.each(['logs/app.log', 'cache/mine', 'redis/dump.rdb', 'api.json', 'src/main.ts', '.git/HEAD'])(
    'is not one that holds files of somebody else, such as %s, and nothing there is touched',
    async (path) => {
      await put(path);
      const attempt = takeStackFolder(folder, { fresh: true });
      await expect(attempt).rejects.toThrow(InvalidInput);
      await expect(attempt).rejects.toThrow(/is not empty.*name a new or an empty one/);
      expect(await readdir(folder, { recursive: true })).toContain(path);
      expect(await files()).toHaveLength(1);
    },
  );

  it('is made, and taken again with what was put into it since', async () => {
    const below = join(folder, 'a', 'b');
    await takeAndLeave(below, kept);
    await writeFile(join(below, 'report.html'), 'text');
    await takeAndLeave(below, kept);
    expect(await readFile(join(below, 'report.html'), 'utf8')).toBe('text');
  });

  it('is one that version 0.1.0 made, which left no marker', async () => {
    await put('redis/redis-password', 'logs/api.log', 'best/config.json');
    await takeAndLeave(folder, kept);
    expect(await files()).toContain('api.log');
  });

  it('is one in which a start was killed before it wrote anything', async () => {
    await mkdir(join(folder, 'logs'));
    await mkdir(join(folder, 'objects'));
    await writeFile(join(folder, 'api.json'), '');
    await takeAndLeave(folder, kept);
  });

  it('keeps all files that `up` did not write when it begins anew', async () => {
    await takeAndLeave(folder, kept);
    await put(
      'redis/redis-password',
      'objects/weed-secret',
      'objects/1.dat',
      'cache/worker-1/0a',
      'api.json',
    );
    await put('logs/worker-12.log', 'logs/worker.log', 'logs/sub/app.log', 'cache/mine', 'best/config.json');
    await takeAndLeave(folder, { fresh: true });
    expect((await files()).sort()).toEqual([
      '.honyaku-stack',
      'app.log',
      'config.json',
      'mine',
      'platform.lock',
      'worker.log',
    ]);
  });

  it('is refused while another run has it, and nothing there is removed', async () => {
    await put('redis/redis-password', 'objects/weed-secret', 'logs/api.log');
    const first = await takeStackFolder(folder, kept);
    const before = await files();
    for (const fresh of [false, true]) {
      const second = takeStackFolder(folder, { fresh });
      await expect(second).rejects.toThrow(Conflict);
      await expect(second).rejects.toThrow(`in use by the platform with process id ${process.pid}`);
    }
    expect(await files()).toEqual(before);
    first.release();
    await takeAndLeave(folder, { fresh: true });
    expect(await files()).not.toContain('weed-secret');
  });

  it('loses nothing while a server of a run of an earlier version has its part', async () => {
    await put('redis/redis-password', 'objects/weed-secret', 'api.json');
    const { release } = await lockFolder(join(folder, 'objects'), 'weed');
    await expect(takeStackFolder(folder, { fresh: true })).rejects.toThrow(/objects is in use by the weed/);
    expect(await files()).toEqual(expect.arrayContaining(['redis-password', 'weed-secret', 'api.json']));
    release();
    await takeAndLeave(folder, { fresh: true });
    expect(await files()).not.toContain('weed-secret');
  });

  it('loses the logs of earlier runs alone at a start', async () => {
    await put('logs/api.log', 'logs/worker-1.log', 'logs/app.log', 'logs/sub/api.log');
    await removeLogs(folder);
    expect((await files()).sort()).toEqual(['api.log', 'app.log']);
  });
});
