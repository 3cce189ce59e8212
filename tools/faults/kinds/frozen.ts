/** Processes that stop for longer than their locks last and then go on as if nothing had happened. */
import { type Fault, recovery, signOf } from '../fault.ts';

const takeoverSeconds = 60;

export const workerFrozen: Fault = {
  name: 'worker frozen past its lock',
  times: 2,
  inflict: async (cluster, { coin }) => {
    const worker = cluster.workers[coin()];
    const seen = await cluster.work.next(
      ({ what, jobId }) => what === 'progress' && cluster.work.jobOf(worker?.name ?? '') === jobId,
      takeoverSeconds,
    );
    if (!worker || !seen) return { note: 'it was never at work' };
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
  times: 2,
  inflict: async (cluster) => {
    const { program: other } = await cluster.addApi();
    const deciding = ({ what, queue }: { what: string; queue: string }) =>
      queue === 'control' && what === 'active';
    const decided = ({ what, queue }: { what: string; queue: string }) =>
      queue === 'control' && what === 'completed';
    await cluster.work.next((seen) => deciding(seen) && seen.jobId.endsWith('.advance'), takeoverSeconds);
    const result = await recovery(
      async () => {
        cluster.api.freeze();
        await other.start();
      },
      () => cluster.work.next(decided, takeoverSeconds),
    );
    cluster.api.thaw();
    await cluster.removeApi(other);
    return result;
  },
};
