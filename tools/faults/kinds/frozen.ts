/** Processes that stop for longer than their locks last and then go on as if nothing had happened. */
import pTimeout from 'p-timeout';
import { type Fault, recovery, signOf } from '../fault.ts';

const takeoverSeconds = 240;

export const workerFrozen: Fault = {
  name: 'worker frozen past its lock',
  times: 2,
  inject: async (cluster, { coin }) => {
    const worker = cluster.workers[coin()];
    const seen = await cluster.work.next(
      ({ what, jobId }) => what === 'progress' && cluster.work.jobOf(worker?.name ?? '') === jobId,
      takeoverSeconds,
    );
    if (!worker || !seen) throw new Error('it was never at work');
    const result = await recovery(
      () => {
        worker.freeze();
        return Promise.resolve();
      },
      () => signOf(cluster, seen.jobId),
    );
    worker.thaw();
    return result;
  },
};

export const apiFrozen: Fault = {
  name: 'API frozen in mid-decision',
  times: 4,
  inject: async (cluster, { sweepId, coin }) => {
    const entry = `/log/0000000${2 + coin()}.json`;
    const held = cluster.proxy.holdNext(
      (request) => request.startsWith('PUT ') && request.includes(`/${sweepId}${entry}`),
    );
    await pTimeout(held.arrived, {
      milliseconds: takeoverSeconds * 1000,
      message: `no decision came to ${entry}`,
    });
    cluster.api.freeze();
    // Its decision is settled without its knowing, or comes after another's.
    const isSettled = coin() === 1;
    if (isSettled) await held.release();
    const other = await cluster.addApi();
    const result = await recovery(
      () => other.start(),
      () =>
        cluster.work.next(({ what, queue }) => queue === 'control' && what === 'completed', takeoverSeconds),
    );
    cluster.api.thaw();
    if (!isSettled) await held.release();
    await cluster.ended(sweepId);
    await cluster.removeApi(other);
    return { ...result, note: isSettled ? 'its entry was in the log' : 'its entry came too late' };
  },
};
