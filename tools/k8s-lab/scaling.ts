/** A sweep on a cluster that has no worker yet: they come, are disturbed, and go; and nothing of it shows in the results. */
import { join } from 'node:path';
import { type SweepView, Unavailable, messageOf } from '@honyaku/contracts';
import { until } from '@honyaku/embedded';
import { CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions, AppsV1Api } from '@kubernetes/client-node';
import { Bridge } from './bridge.ts';
import { evictInMidEpoch, removeNodeInMidEpoch, stopApiForAWhile, type Context } from './disturbances.ts';
import { FleetWatch, ScaleDownOrder, WorkerPods, type WorkerPod, namespace } from './worker-pods.ts';
import { install } from './installation.ts';
import { type Laboratory, addNode } from './laboratory.ts';
import { type ClusterPlatform, sweep } from './platform.ts';
import { type Report } from '../command-line/report.ts';
import { violations, weightsOf } from '../faults/checks.ts';

const spare = 'gpu-3';
const nodes = [
  { name: 'cpu-1', zone: 'a' },
  { name: 'gpu-1', zone: 'a', gpus: 2 },
  { name: 'gpu-2', zone: 'b', gpus: 1 },
  { name: spare, zone: 'b', gpus: 1 },
];
const gpus = nodes.reduce((sum, node) => sum + (node.gpus ?? 0), 0);

/**
 * @param folder for manifests and the workers' logs
 * @returns the sweep, once it has ended and no worker is left
 * @throws Unavailable when something does not come about in time
 */
export async function checkScaling(
  laboratory: Laboratory,
  platform: ClusterPlatform,
  report: Report,
  folder: string,
): Promise<SweepView> {
  const pods = await WorkerPods.start(laboratory.plane.config);
  const bridge = new Bridge(laboratory.plane, pods, platform.connections, join(folder, 'workers'));
  const order = new ScaleDownOrder(pods);
  const fleet = new FleetWatch(pods, (pod) => bridge.isLost(pod), report.print);
  const context = { laboratory, platform, pods, bridge, order, report };
  try {
    for (const node of nodes) await addNode(laboratory.plane, node);
    await install(laboratory, platform, folder);
    await untilIdle(context);
    report.check('an idle cluster has no workers', true);
    const sweep = await checkRise(context, fleet, gpus);
    await removeNodeInMidEpoch(context, spare);
    await evictInMidEpoch(context, 2);
    await stopApiForAWhile(context);
    return await checkFall(context, sweep);
  } finally {
    await bridge.stop();
    await pods.stop();
  }
}

const riseSeconds = 600;
const costSeconds = 300;

/** From no worker to one on each GPU: submits the sweep. @returns it once every GPU has its worker @throws Unavailable */
async function checkRise(context: Context, fleet: FleetWatch, gpus: number): Promise<SweepView> {
  const { platform, pods, report } = context;
  fleet.begin();
  const submitted = performance.now();
  const firstStep = firstReportedStep(platform);
  const view = await platform.submit();
  report.print(`  ${view.id} is submitted: ${sweep.trials} trials, ${sweep.concurrency} at once`);
  const scheduled = (role: string) =>
    until({ what: `scheduled worker for ${role}`, seconds: riseSeconds }, () =>
      fleet.firstScheduled.get(role),
    );
  const ready = until({ what: `${gpus} ready workers`, seconds: riseSeconds }, () =>
    pods.list('trials').filter((pod) => pod.ready).length >= gpus ? performance.now() : undefined,
  );
  const [preprocess, trials, risen, step] = await Promise.all([
    scheduled('preprocess'),
    scheduled('trials'),
    ready,
    firstStep,
  ]);
  report.measured('submit → first worker scheduled (preprocess)', (preprocess - submitted) / 1000);
  report.measured('submit → first worker scheduled (trials)', (trials - submitted) / 1000);
  report.measured(`submit → ${gpus} workers ready`, (risen - submitted) / 1000);
  report.measured('submit → first step told', (step - submitted) / 1000);
  const all = pods.list('trials');
  const waiting = all.filter(({ node }) => node === undefined).length;
  const seen = `${waiting} more wait for a GPU`;
  report.check(`from none there are as many workers as GPUs: ${gpus}`, all.length - waiting === gpus, seen);
  await checkCosts(context);
  return view;
}

/** When a worker first reports a step, in milliseconds of `performance.now()`. @throws Unavailable */
async function firstReportedStep({ work }: ClusterPlatform): Promise<number> {
  const step = await work.next(({ what, queue }) => what === 'progress' && queue === 'trials', riseSeconds);
  if (!step) throw new Unavailable(`within ${riseSeconds} s no worker reported a step`);
  return performance.now();
}

/** Workers write the cost of their deletion on their own pods, and can write nothing else. */
async function checkCosts({ pods, bridge, report }: Context): Promise<void> {
  const wait = { what: 'worker that says what its end costs', seconds: costSeconds };
  const ready = () => pods.list('trials').filter((pod) => pod.ready);
  const own = await until(wait, () => ready().find(({ deletionCost }) => deletionCost > 0));
  report.check(
    'a worker that trains says on its pod what its end would cost',
    true,
    String(own.deletionCost),
  );
  const other = ready().find(({ uid }) => uid !== own.uid);
  if (other) await checkOwnPodOnly(bridge.kubeconfigOf(own), { own, other }, report);
}

/**
 * A worker's token is good for one annotation of its own pod; tried with a token that a worker has.
 * @param kubeconfig of the worker in `own`
 */
async function checkOwnPodOnly(
  kubeconfig: string,
  { own, other }: { readonly own: WorkerPod; readonly other: WorkerPod },
  report: Report,
): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
  const refused = async (statement: string, request: () => Promise<unknown>) => {
    const answer = await request().then(() => 'it was allowed', messageOf);
    report.check(statement, /forbidden|denied/.test(answer), answer === 'it was allowed' ? answer : '');
  };
  const cost = { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '9' } };
  await refused("a worker cannot set another worker's deletion cost", () =>
    core.patchNamespacedPod({ name: other.name, namespace, body: { metadata: cost } }, merge),
  );
  await refused('a worker cannot change the labels of its own pod', () =>
    core.patchNamespacedPod(
      { name: own.name, namespace, body: { metadata: { labels: { any: 'other' } } } },
      merge,
    ),
  );
  await refused('a worker cannot list secrets', () => core.listNamespacedSecret({ namespace }));
}

const idleSeconds = 300;
/** The controllers look for a node for 40 s, every 20 s, before they give up its pods. */
const giveUpSeconds = 600;

/** From the last epoch to no worker. @returns the sweep, once it has ended and no worker is left @throws Unavailable */
async function checkFall(context: Context, { id }: SweepView): Promise<SweepView> {
  const { platform, pods, bridge, report } = context;
  const ended = await platform.ended(id);
  const { completed, planned } = ended.trials;
  const all = ended.state === 'completed' && completed === planned;
  report.check('every trial is done', all, `${completed} of ${planned}`);
  await untilIdle(context);
  report.check('without work there are no workers', true);
  report.measured('last epoch → no worker', (Date.now() - Date.parse(ended.endedAt ?? '')) / 1000);
  await until({ what: 'end of pods whose node is gone', seconds: giveUpSeconds }, () =>
    pods.list().every((pod) => !bridge.isLost(pod)) ? true : undefined,
  );
  report.measured('machine switched off → the cluster gives up its pod', Math.max(...bridge.givenUpAfter));
  checkEndings(context);
  return ended;
}

/** Until no worker is wanted and none is left; a pod whose machine is gone is none. @throws Unavailable */
async function untilIdle({ laboratory, pods, bridge }: Context): Promise<void> {
  const apps = laboratory.plane.config.makeApiClient(AppsV1Api);
  const logFile = laboratory.plane.logOf('keda-operator');
  const labelSelector = 'app.kubernetes.io/component=worker';
  await until({ what: 'idle cluster', seconds: idleSeconds, logFile }, async () => {
    const { items } = await apps.listNamespacedDeployment({ namespace, labelSelector });
    const noneWanted = items.length > 0 && items.every(({ spec }) => spec?.replicas === 0);
    return noneWanted && pods.list().every((pod) => bridge.isLost(pod)) ? true : undefined;
  });
}

function checkEndings({ bridge, order, report }: Context): void {
  const stopped = bridge.endings.filter(({ how, served }) => how === 'told to stop' && served);
  const clean = stopped.filter(({ exitCode }) => exitCode === 0);
  const longest = Math.max(0, ...stopped.map(({ seconds }) => seconds));
  report.check(
    'every worker that was told to stop did so within its grace',
    clean.length === stopped.length,
    `${clean.length} of ${stopped.length}, at most ${longest.toFixed(1)} s`,
  );
  const wrong = bridge.endings.filter(({ how }) => how === 'by itself').map(({ pod }) => `${pod.name} did`);
  report.check('no worker ended by itself', wrong.length === 0, wrong.join('; '));
  report.check('the bridge did its part', bridge.failures.length === 0, bridge.failures.join('; '));
  const { choices } = order;
  report.check(
    'of too many workers those went whose end costs least',
    choices.every(({ cost, left }) => cost <= left),
    choices.map(({ cost, left }) => `${cost} went, ${left} stayed`).join('; '),
  );
}

const workers = ['undisturbed-1', 'undisturbed-2'];

/** The same sweep on two workers that no cluster knows of, and whether the disturbed one came to the same. */
export async function checkResults(
  platform: ClusterPlatform,
  disturbed: SweepView,
  report: Report,
): Promise<void> {
  const running = await Promise.all(workers.map((name) => platform.addWorker(name)));
  try {
    const { id, createdAt } = await platform.submit();
    const ended = await platform.ended(id);
    report.measured(
      'the same sweep, undisturbed, on two workers',
      (Date.parse(ended.endedAt ?? '') - Date.parse(createdAt)) / 1000,
    );
    const expected = await weightsOf(platform, ended);
    const wrong = await violations(platform, disturbed, expected);
    report.check(
      'each epoch is there once, nothing was done twice or left over, and all weights are those of the undisturbed sweep',
      wrong.length === 0,
      wrong.join('; ') || `${expected.size} epochs`,
    );
  } finally {
    await Promise.all(running.map((program) => program.kill()));
  }
}
