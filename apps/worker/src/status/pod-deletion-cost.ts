/**
 * Lets Kubernetes remove the worker that loses least when there are too many. A ReplicaSet removes pods in the order
 * of the annotation `controller.kubernetes.io/pod-deletion-cost`.
 */
import { messageOf } from '@honyaku/contracts';
import pTimeout from 'p-timeout';
import type { Logger } from 'pino';

const annotation = 'controller.kubernetes.io/pod-deletion-cost';
const lookEveryMilliseconds = 5_000;
/** Kubernetes asks not to change the annotation often. */
const unsavedStepSeconds = 60;
const patchMilliseconds = 10_000;

export interface Pod {
  readonly name: string;
  readonly namespace: string;
}

/** Idle 0, busy 1, and 1 more for each minute of training that no checkpoint holds. */
export function deletionCost({ busy, unsavedSeconds }: { busy: boolean; unsavedSeconds: number }): number {
  return busy ? 1 + Math.floor(unsavedSeconds / unsavedStepSeconds) : 0;
}

/**
 * Keeps the annotation of the worker's own pod up to date until `stop` is called. Where the cluster does not answer
 * or does not allow it, it logs a warning, and pods are removed in the cluster's own order.
 */
export async function keepDeletionCost(
  pod: Pod,
  costNow: () => number,
  logger: Logger,
): Promise<{ stop: () => void }> {
  const patch = await patcherOf(pod);
  let told: number | undefined;
  let underWay = false;
  const look = async () => {
    const cost = costNow();
    if (underWay || cost === told) return;
    underWay = true;
    try {
      await patch(cost);
      told = cost;
    } catch (error) {
      logger.warn({ pod: pod.name, reason: messageOf(error) }, 'the deletion cost of the pod was not set');
    } finally {
      underWay = false;
    }
  };
  const timer = setInterval(() => void look(), lookEveryMilliseconds);
  void look();
  return { stop: () => clearInterval(timer) };
}

/** Imported only in a cluster: the client is large. */
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
