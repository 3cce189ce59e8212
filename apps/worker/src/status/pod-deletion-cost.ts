/**
 * Makes Kubernetes remove the worker that loses the least work when it scales down. A ReplicaSet removes pods in
 * ascending order of the annotation `controller.kubernetes.io/pod-deletion-cost`.
 */
import { messageOf } from '@honyaku/contracts';
import pTimeout from 'p-timeout';
import type { Logger } from 'pino';

const annotation = 'controller.kubernetes.io/pod-deletion-cost';
const checkMilliseconds = 5_000;
/** Kubernetes advises against frequent changes of the annotation. */
const unsavedStepSeconds = 60;
const patchMilliseconds = 10_000;

export interface Pod {
  readonly name: string;
  readonly namespace: string;
}

/** Idle 0, busy 1, and 1 more for each minute of training that no checkpoint includes. */
export function deletionCost({ busy, unsavedSeconds }: { busy: boolean; unsavedSeconds: number }): number {
  return busy ? 1 + Math.floor(unsavedSeconds / unsavedStepSeconds) : 0;
}

/**
 * Keeps the annotation of the worker's own pod up to date until `stop` is called. If the cluster does not answer or
 * refuses, a warning is logged, and pods are removed in the cluster's own order.
 */
export async function keepDeletionCost(
  pod: Pod,
  costNow: () => number,
  logger: Logger,
): Promise<{ stop: () => void }> {
  const patch = await patcherOf(pod);
  let lastCost: number | undefined;
  let isPatching = false;
  const update = async () => {
    const cost = costNow();
    if (isPatching || cost === lastCost) return;
    isPatching = true;
    try {
      await patch(cost);
      lastCost = cost;
    } catch (error) {
      logger.warn({ pod: pod.name, reason: messageOf(error) }, 'the deletion cost of the pod was not set');
    } finally {
      isPatching = false;
    }
  };
  const timer = setInterval(() => void update(), checkMilliseconds);
  void update();
  return { stop: () => clearInterval(timer) };
}

/** Imports the client only in a cluster, since it is large. */
async function patcherOf({ name, namespace }: Pod): Promise<(cost: number) => Promise<void>> {
  const { CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromDefault();
  const api = config.makeApiClient(CoreV1Api);
  const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
  return async (cost) => {
    const body = { metadata: { annotations: { [annotation]: String(cost) } } };
    await pTimeout(api.patchNamespacedPod({ name, namespace, body }, merge), {
      milliseconds: patchMilliseconds,
      message: 'the cluster did not answer in time',
    });
  };
}
