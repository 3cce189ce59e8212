/** A sweep on a cluster that has no worker yet: they come, are disturbed, and go; and nothing of it shows in the results. */
import { join } from 'node:path';
import { type SweepView } from '@honyaku/contracts';
import { Bridge } from './bridge.ts';
import { evictInMidEpoch, removeNodeInMidEpoch, stopApiForAWhile } from './disturbances.ts';
import { checkFall, untilIdle } from './fall.ts';
import { FleetWatch } from './fleet-watch.ts';
import { install } from './installation.ts';
import { type Laboratory } from './laboratory.ts';
import { addNode } from './nodes.ts';
import { type Platform } from './platform.ts';
import { type Report } from '../command-line/report.ts';
import { checkRise } from './rise.ts';
import { ScaleDownOrder } from './scale-down-order.ts';
import { WorkerPods } from './worker-pods.ts';

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
  platform: Platform,
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
