/** What happens to workers on a cluster: eviction in mid-epoch, a machine that goes, an API that does not answer. */
import { setTimeout as delay } from 'node:timers/promises';
import { AppsV1Api, CoreV1Api } from '@kubernetes/client-node';
import { until } from '@honyaku/embedded';
import { type Bridge } from './bridge.ts';
import { type Laboratory } from './laboratory.ts';
import { type ClusterPlatform } from './platform.ts';
import { type Report } from '../command-line/report.ts';
import { type ScaleDownOrder, type WorkerPods, type WorkerPod, namespace } from './worker-pods.ts';

/** Everything that a sweep on the cluster is watched and disturbed with. */
export interface Context {
  readonly laboratory: Laboratory;
  readonly platform: ClusterPlatform;
  readonly pods: WorkerPods;
  readonly bridge: Bridge;
  readonly order: ScaleDownOrder;
  readonly report: Report;
}

const trainSeconds = 600;
const evictSeconds = 300;
const outageSeconds = 15;
/** Far enough from the start of an epoch to have something to lose. */
const leastStep = 100;
const deployment = 'honyaku-worker-trials';

/** By the Eviction API, as a drain does it, which waits for disruption budgets. */
export async function evictInMidEpoch(context: Context, count: number): Promise<void> {
  const { report, bridge } = context;
  const evicted: Evicted[] = [];
  while (evicted.length < count) evicted.push(await evictOne(context, evicted));
  const endings = await until({ what: 'end of those evicted', seconds: evictSeconds }, () => {
    const ended = bridge.endings.filter(({ pod }) => evicted.some(({ name }) => name === pod.name));
    return ended.length === count ? ended : undefined;
  });
  report.check(
    'those evicted gave their jobs back and ended by themselves',
    endings.every(({ how, exitCode }) => how === 'told to stop' && exitCode === 0),
    `within ${endings.map(({ seconds }) => `${seconds.toFixed(1)} s`).join(' and ')}`,
  );
  const resumed = await Promise.all(evicted.map(({ wentOn }) => wentOn));
  report.check(
    'others went on with them where they stood',
    evicted.every(({ step }, index) => (resumed[index] ?? 0) > step),
    evicted.map(({ step }, index) => `step ${step}, then told of ${resumed[index] ?? 'none'}`).join('; '),
  );
}

interface Evicted {
  readonly name: string;
  /** Step of its epoch at the eviction. */
  readonly step: number;
  /** The first step that another worker reports of that epoch; undefined when none does in time. */
  readonly wentOn: Promise<number | undefined>;
}

async function evictOne(context: Context, before: readonly Evicted[]): Promise<Evicted> {
  const { laboratory, platform, order, report } = context;
  const core = laboratory.plane.config.makeApiClient(CoreV1Api);
  const pod = await inMidEpoch(context, (each) => !before.some(({ name }) => name === each.name));
  const { name } = pod;
  const [jobId, step] = [platform.work.jobOf(name), platform.work.stepOf(name)];
  report.print(`  evicting ${name} at step ${step} of ${jobId}`);
  order.leaveOut(pod);
  const resumed = platform.work.next(
    (seen) => seen.jobId === jobId && seen.worker !== undefined && seen.worker !== name,
    trainSeconds,
  );
  const wentOn = resumed.then((seen) =>
    seen?.worker === undefined ? undefined : platform.work.stepOf(seen.worker),
  );
  const metadata = { name, namespace };
  await until({ what: `eviction of ${name}`, seconds: evictSeconds }, () =>
    core.createNamespacedPodEviction({ ...metadata, body: { metadata } }),
  );
  return { name, step, wentOn };
}

/** Without notice, with a worker on it that trains. */
export async function removeNodeInMidEpoch(context: Context, node: string): Promise<void> {
  const { platform, bridge, order, report } = context;
  const pod = await inMidEpoch(context, (each) => each.node === node);
  report.print(`  switching off ${node} with ${pod.name} at step ${platform.work.stepOf(pod.name)}`);
  order.leaveOut(pod);
  await bridge.removeNode(node);
}

/** Kills the API and watches the number of workers that are wanted until it is back. */
export async function stopApiForAWhile({ laboratory, platform, report }: Context): Promise<void> {
  const apps = laboratory.plane.config.makeApiClient(AppsV1Api);
  const wanted = async () =>
    (await apps.readNamespacedDeployment({ name: deployment, namespace })).spec?.replicas;
  const before = await wanted();
  report.print(`  the API is killed while ${before} workers are wanted`);
  await platform.api.kill();
  const seen = new Set<number | undefined>();
  const deadline = Date.now() + outageSeconds * 1000;
  while (Date.now() < deadline) {
    seen.add(await wanted());
    await delay(500);
  }
  await platform.api.start();
  const kept = seen.size === 1 && seen.has(before) && before !== undefined && before > 0;
  report.check(
    `while the API did not answer for ${outageSeconds} s workers stayed as they were`,
    kept,
    `wanted: ${[...seen].join(', ')}`,
  );
}

function inMidEpoch(
  { pods, bridge, platform }: Context,
  which: (pod: WorkerPod) => boolean,
): Promise<WorkerPod> {
  return until({ what: 'worker in mid-epoch', seconds: trainSeconds }, () =>
    pods
      .list('trials')
      .filter((pod) => pod.ready && pod.graceSeconds === undefined && !bridge.isLost(pod) && which(pod))
      .find(({ name }) => platform.work.jobOf(name) !== undefined && platform.work.stepOf(name) >= leastStep),
  );
}
