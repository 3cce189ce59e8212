/**
 * The kubelet of the workers' pods: each that is scheduled gets one real worker process of this machine, which gets
 * SIGTERM when the pod is deleted, is killed after the pod's grace, and whose pod is gone only when it is. A node that is
 * removed takes its processes with it at once, as a machine does that is switched off.
 */
import { join } from 'node:path';
import { messageOf } from '@honyaku/contracts';
import { CoreV1Api } from '@kubernetes/client-node';
import { type ControlPlane } from './control-plane.ts';
import { type Ending, PodProcess, unlessGone } from './pod-process.ts';
import { type WorkerPod, type WorkerPods, namespace } from './worker-pods.ts';

export class Bridge {
  readonly endings: Ending[] = [];
  /** Failures of the bridge itself, a sentence each. */
  readonly failures: string[] = [];
  /** Since a node was removed until the cluster gave up a pod of it, in seconds. */
  readonly givenUpAfter: number[] = [];
  /** By the pod's id. */
  private readonly processes = new Map<string, PodProcess>();
  /** When they were removed, in milliseconds of `performance.now()`. */
  private readonly removedNodes = new Map<string, number>();
  private readonly core: CoreV1Api;
  private stopped = false;

  /** @param connections environment that lets a worker reach Redis and the bucket @param folder for logs and caches */
  constructor(
    private readonly plane: ControlPlane,
    pods: WorkerPods,
    private readonly connections: NodeJS.ProcessEnv,
    private readonly folder: string,
  ) {
    this.core = plane.config.makeApiClient(CoreV1Api);
    pods.onChange((pod, isGone) => {
      const done = isGone ? this.gone(pod) : this.changed(pod);
      done.catch((error: unknown) => this.failures.push(`${pod.name}: ${messageOf(error)}`));
    });
  }

  /** Switches a machine off and takes its node out of the cluster; the cluster finds out about its pods by itself. */
  async removeNode(name: string): Promise<void> {
    this.removedNodes.set(name, performance.now());
    const lost = [...this.processes.values()].filter(({ pod }) => pod.node === name);
    this.endings.push(...(await Promise.all(lost.map((process) => process.kill()))));
    await this.core.deleteNode({ name });
  }

  /** The credentials of a worker. */
  kubeconfigOf({ name }: WorkerPod): string {
    return join(this.folder, name, 'kubeconfig');
  }

  /** Whether it is there in name alone: its machine was switched off. */
  isLost({ node }: WorkerPod): boolean {
    return node !== undefined && this.removedNodes.has(node);
  }

  /** Kills what still runs. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all([...this.processes.values()].map((process) => process.kill()));
  }

  private async changed(pod: WorkerPod): Promise<void> {
    if (this.stopped || pod.node === undefined || this.isLost(pod)) return;
    const process = this.processes.get(pod.uid);
    if (pod.graceSeconds === undefined) {
      if (!process) await this.start(pod);
    } else await this.end(pod, pod.graceSeconds, process);
  }

  private async start(pod: WorkerPod): Promise<void> {
    const { plane, connections, folder } = this;
    const process = new PodProcess({ admin: plane.config, pod, connections, folder: join(folder, pod.name) });
    this.processes.set(pod.uid, process);
    await process.start();
  }

  private async end(pod: WorkerPod, graceSeconds: number, process: PodProcess | undefined): Promise<void> {
    if (process?.ends === true) return;
    if (process) this.endings.push(await process.stop(graceSeconds));
    // A machine that was switched off meanwhile reports nothing.
    if (this.isLost(pod)) return;
    const body = { gracePeriodSeconds: 0, preconditions: { uid: pod.uid } };
    await unlessGone(this.core.deleteNamespacedPod({ name: pod.name, namespace, body }));
  }

  /** Its object may be gone by force while its process is there. */
  private async gone({ uid, node = '' }: WorkerPod): Promise<void> {
    const removed = this.removedNodes.get(node);
    if (removed !== undefined) this.givenUpAfter.push((performance.now() - removed) / 1000);
    await this.processes.get(uid)?.kill();
    this.processes.delete(uid);
  }
}
