import { type Bridge } from './bridge.ts';
import { type Laboratory } from './laboratory.ts';
import { type Platform } from './platform.ts';
import { type Report } from '../command-line/report.ts';
import { type ScaleDownOrder } from './scale-down-order.ts';
import { type WorkerPods } from './worker-pods.ts';

/** Everything that a sweep on the cluster is watched and disturbed with. */
export interface Context {
  readonly laboratory: Laboratory;
  readonly platform: Platform;
  readonly pods: WorkerPods;
  readonly bridge: Bridge;
  readonly order: ScaleDownOrder;
  readonly report: Report;
}
