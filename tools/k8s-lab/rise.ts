/** From no worker to one on each GPU. */
import { type SweepView, Unavailable } from '@honyaku/contracts';
import { type FleetWatch } from './fleet-watch.ts';
import { checkOwnPodOnly } from './own-pod.ts';
import { type Platform } from './platform.ts';
import { type Context } from './context.ts';
import { sweep } from './sweep.ts';
import { until } from '@honyaku/embedded';

const seconds = 600;
const costSeconds = 300;

/** Submits the sweep. @returns it once every GPU has its worker @throws Unavailable */
export async function checkRise(context: Context, fleet: FleetWatch, gpus: number): Promise<SweepView> {
  const { platform, pods, report } = context;
  fleet.begin();
  const submitted = performance.now();
  const firstStep = stepTold(platform);
  const view = await platform.submit();
  report.print(`  ${view.id} is submitted: ${sweep.trials} trials, ${sweep.concurrency} at once`);
  const scheduled = (role: string) =>
    until({ what: `scheduled worker for ${role}`, seconds }, () => fleet.firstScheduled.get(role));
  const ready = until({ what: `${gpus} ready workers`, seconds }, () =>
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

/** When a worker first tells of a step, in milliseconds of `performance.now()`. @throws Unavailable */
async function stepTold({ work }: Platform): Promise<number> {
  const told = await work.next(({ what, queue }) => what === 'progress' && queue === 'trials', seconds);
  if (!told) throw new Unavailable(`within ${seconds} s no worker told of a step`);
  return performance.now();
}

/** What workers say of their own deletion, and that they can say nothing else. */
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
