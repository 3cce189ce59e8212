/** A bucket in which objects of a sweep are gone or cut short and a submission stopped half way, when Redis is lost. */
import { randomBytes } from 'node:crypto';
import { Unavailable, routes } from '@honyaku/contracts';
import { keys, logSequenceOf } from '@honyaku/storage';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { until } from '@honyaku/embedded';
import { type Cluster } from '../cluster.ts';
import { type Fault, anyStep, recovery } from '../fault.ts';
import { wipe } from './redis-lost.ts';

const namedSeconds = 60;

interface Damage {
  readonly sweepId: string;
  readonly key: string;
  readonly how: 'removed' | 'cut short';
  /** Whether the sweep cannot be read without it. */
  readonly isVital: boolean;
}

/** Every sound sweep comes back and goes on; the damaged one is named with the object if it cannot. */
export const bucketDamaged: Fault = {
  name: 'objects damaged, then Redis lost',
  times: 6,
  inject: async (cluster, { sweepId, generator, random, coin }) => {
    // The sweep that is disturbed waits for the one that is damaged.
    await cluster.ask((api) => api.call(routes.pause, { id: sweepId }));
    const { id } = await cluster.ended((await cluster.submit({ name: 'damaged', trials: 1 })).id);
    const half = `half-${randomBytes(8).toString('hex')}`;
    await cluster.objects.put(keys.sweepYaml(half), 'name: half');
    const choose = (last: number) => uniformInt(generator, 0, last);
    const damage = await damaged(cluster, id, choose, coin() === 1 ? 'removed' : 'cut short');
    await cluster.ask((api) => api.call(routes.resume, { id: sweepId }));
    await random();
    const lose = coin() === 1 ? loseWithoutApi : loseAndReindex;
    const recovered = await recovery(
      () => lose(cluster),
      () => anyStep(cluster, sweepId),
    );
    await checkDamaged(cluster, damage);
    await checkIgnored(cluster, half);
    for (const folder of [id, half]) await removeFolder(cluster, folder);
    await cluster.reindex();
    return { ...recovered, note: `${damage.key} ${damage.how}${damage.isVital ? ', named' : ''}` };
  },
};

/** Half of the time one of the objects that make the sweep, else any. */
async function damaged(
  { objects }: Cluster,
  sweepId: string,
  choose: (last: number) => number,
  how: Damage['how'],
): Promise<Damage> {
  const all: string[] = [];
  for await (const { key } of objects.list(`${keys.sweepFolder(sweepId)}/`)) all.push(key);
  const log = all.filter((key) => logSequenceOf(key) !== undefined);
  const makeIt = [keys.sweepRecord(sweepId), ...log];
  const some = choose(1) === 1 ? makeIt : all;
  const key = some[choose(some.length - 1)] ?? keys.sweepRecord(sweepId);
  if (how === 'removed') await objects.remove([key]);
  else {
    const text = (await objects.getText(key)) ?? '';
    await objects.put(key, text.slice(0, text.length >> 1));
  }
  // Without its last entry the log is one that has not come so far: what is missing is decided again.
  const isLast = key === log.at(-1);
  return { sweepId, key, how, isVital: makeIt.includes(key) && !(how === 'removed' && isLast) };
}

async function checkDamaged(cluster: Cluster, { sweepId, key, how, isVital }: Damage): Promise<void> {
  if (!isVital) {
    const { state, reason } = await cluster.ended(sweepId);
    if (state !== 'completed') throw new Error(`with ${key} ${how} the sweep is ${state}: ${reason}`);
    return;
  }
  await until({ what: `${sweepId} in /readyz`, seconds: namedSeconds }, async () => {
    const { unreadable = [] } = await cluster.ask((api) => api.call(routes.ready, {}));
    const found = unreadable.find(({ sweep }) => sweep === sweepId);
    if (!found) throw new Unavailable(`named are ${unreadable.map(({ sweep }) => sweep).join(', ')}`);
    if (!found.reason.includes(key)) throw new Unavailable(`${key} ${how}: named is ${found.reason}`);
    return found;
  });
}

async function checkIgnored(cluster: Cluster, half: string): Promise<void> {
  const { unreadable = [] } = await cluster.ask((api) => api.call(routes.ready, {}));
  const { sweeps } = await cluster.ask((api) => api.call(routes.sweeps, {}));
  const named = [...unreadable.map(({ sweep }) => sweep), ...sweeps.map(({ id }) => id)];
  if (named.includes(half)) throw new Error(`half a submission is taken for a sweep: ${half}`);
}

async function loseWithoutApi(cluster: Cluster): Promise<void> {
  await cluster.api.kill();
  await wipe(cluster.redis.url);
  await cluster.api.start();
}

async function loseAndReindex(cluster: Cluster): Promise<void> {
  await wipe(cluster.redis.url);
  await cluster.reindex();
}

async function removeFolder({ objects }: Cluster, sweepId: string): Promise<void> {
  for await (const { key } of objects.list(`${keys.sweepFolder(sweepId)}/`)) await objects.remove([key]);
}
