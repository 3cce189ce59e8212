/** From the last epoch to no worker. */
import { type SweepView } from '@honyaku/contracts';
import { AppsV1Api } from '@kubernetes/client-node';
import { type Context } from './context.ts';
import { until } from '@honyaku/embedded';
import { namespace } from './worker-pods.ts';

/** Between two epochs. */
export const endSeconds = 300;
const idleSeconds = 300;
/** The controllers look for a node for 40 s, every 20 s, before they give up its pods. */
const giveUpSeconds = 600;

/** @returns the sweep, once it has ended and no worker is left @throws Unavailable */
export async function checkFall(context: Context, { id }: SweepView): Promise<SweepView> {
  const { platform, pods, bridge, report } = context;
  const wait = { what: `end of ${id}`, seconds: endSeconds, logFile: platform.apiLog };
  const ended = await until(wait, (progress) => platform.ended(id, progress));
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
export async function untilIdle({ laboratory, pods, bridge }: Context): Promise<void> {
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
  const told = bridge.endings.filter(({ how, served }) => how === 'told to stop' && served);
  const clean = told.filter(({ exitCode }) => exitCode === 0);
  const longest = Math.max(0, ...told.map(({ seconds }) => seconds));
  report.check(
    'every worker that was told to stop did so within its grace',
    clean.length === told.length,
    `${clean.length} of ${told.length}, at most ${longest.toFixed(1)} s`,
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
