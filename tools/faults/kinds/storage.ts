/** A bucket that answers badly, and a worker without room on its disk. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '@honyaku/contracts';
import { type Program } from '@honyaku/local-stack';
import { until } from '@honyaku/embedded';
import { type Fault, Skipped } from '../fault.ts';

const run = promisify(execFile);

export const bucketUnreliable: Fault = {
  name: 'bucket delays, cuts, 500 and 503',
  times: 3,
  inject: async (cluster, { sweepId, generator }) => {
    const before = cluster.troubles.disturbed;
    cluster.troubles.begin({ refuse: 0.1, cut: 0.05, hold: 0.2 }, generator);
    try {
      await cluster.ended(sweepId);
    } finally {
      cluster.troubles.end();
    }
    return { note: `${cluster.troubles.disturbed - before} requests disturbed` };
  },
};

/** A worker starts on it; then others fill it. */
const diskSize = '80m';

export const diskFull: Fault = {
  name: 'disk full',
  times: 2,
  inject: async (cluster, { sweepId }) => {
    const disk = join(cluster.folder, 'small-disk');
    await mkdir(disk, { recursive: true });
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${diskSize}`, 'tmpfs', disk]);
    } catch (error) {
      throw new Skipped(`mounting a small disk is not allowed here (${messageOf(error).trim()})`);
    }
    try {
      // One of two workers for two trials has no room.
      const [first] = cluster.workers;
      await first?.terminate();
      const worker = await cluster.addWorker(disk);
      await ranFull(worker, join(disk, 'of somebody else'));
      await first?.start();
      await cluster.ended(sweepId);
      await cluster.removeWorker(worker);
      return { note: `${(worker.log().match(noRoom) ?? []).length} times without room` };
    } finally {
      await run('umount', ['--lazy', disk]);
    }
  },
};

/** The log line of a worker that cannot write. */
const noRoom = /"reason":"[^"]*(ENOSPC|cannot be used)/g;
const fullSeconds = 240;

/** Takes all room that there is, again and again, until the worker has none. */
async function ranFull(worker: Program, filler: string): Promise<void> {
  const append = ['if=/dev/zero', `of=${filler}`, 'bs=4k', 'oflag=append', 'conv=notrunc'];
  await until({ what: 'full disk', seconds: fullSeconds }, async () => {
    // It ends with an error: there is no room left.
    await run('dd', append).catch(() => undefined);
    return worker.log().match(noRoom) ?? undefined;
  });
}
