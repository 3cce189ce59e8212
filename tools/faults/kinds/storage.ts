/** A bucket that answers badly, and a worker without room on its disk. */
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '@honyaku/contracts';
import { type Fault, Skipped } from '../fault.ts';

const run = promisify(execFile);

export const bucketUnreliable: Fault = {
  name: 'bucket delays, cuts, 500 and 503',
  times: 3,
  inflict: async (cluster, { sweepId }) => {
    const before = cluster.proxy.disturbed;
    cluster.proxy.unreliability = { refuse: 0.1, cut: 0.05, hold: 0.2 };
    try {
      await cluster.ended(sweepId);
    } finally {
      cluster.proxy.becomeReliable();
    }
    return { note: `${cluster.proxy.disturbed - before} requests disturbed` };
  },
};

/** Room for the dataset's shards and for no checkpoint. */
const diskSize = '160k';

export const diskFull: Fault = {
  name: 'disk full',
  times: 2,
  inflict: async (cluster, { sweepId }) => {
    const disk = join(cluster.folder, 'small-disk');
    await mkdir(disk, { recursive: true });
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${diskSize}`, 'tmpfs', disk]);
    } catch (error) {
      throw new Skipped(`mounting a small disk is not allowed here (${messageOf(error).trim()})`);
    }
    try {
      const worker = await cluster.addWorker(disk);
      const [, second] = cluster.workers;
      // Two are left to serve two trials, of which one has no room.
      second?.freeze();
      await cluster.work.next(({ what }) => what === 'active', 30);
      second?.thaw();
      await cluster.ended(sweepId);
      const { length } = worker.log().match(/"reason":"[^"]*(ENOSPC|can not be used)/g) ?? [];
      await cluster.removeWorker(worker);
      return { note: `${length} times without room` };
    } finally {
      await run('umount', ['--lazy', disk]);
    }
  },
};
