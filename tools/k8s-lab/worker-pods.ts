/** The workers' pods as the cluster has them now, and what happens to them. */
import { setTimeout as delay } from 'node:timers/promises';
import { Bug } from '@honyaku/contracts';
import {
  CoreV1Api,
  type Informer,
  type KubeConfig,
  type ObjectCache,
  type V1Pod,
  makeInformer,
} from '@kubernetes/client-node';

export const namespace = 'honyaku';
const workers = 'app.kubernetes.io/component=worker';
const roleLabel = 'honyaku.dev/role';
const costAnnotation = 'controller.kubernetes.io/pod-deletion-cost';
const reconnectMilliseconds = 500;

/** What is looked at of a pod. */
export interface WorkerPod {
  readonly name: string;
  readonly uid: string;
  readonly role: string;
  /** Undefined until it is scheduled. */
  readonly node: string | undefined;
  readonly ready: boolean;
  /** It is to go, and still there; in seconds, how long it has for that. */
  readonly graceSeconds: number | undefined;
  /** What the worker says that its end would cost; 0 when it has not said. */
  readonly deletionCost: number;
  readonly object: V1Pod;
}

export type PodListener = (pod: WorkerPod, isGone: boolean) => void;

export class WorkerPods {
  private readonly listeners: PodListener[] = [];

  private constructor(private readonly informer: Informer<V1Pod> & ObjectCache<V1Pod>) {}

  static async start(config: KubeConfig): Promise<WorkerPods> {
    const core = config.makeApiClient(CoreV1Api);
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const list = () => core.listNamespacedPod({ namespace, labelSelector: workers });
    const informer = makeInformer(config, path, list, workers);
    const pods = new WorkerPods(informer);
    let stopped = false;
    informer.on('change', (object) => pods.tell(object, false));
    informer.on('delete', (object) => pods.tell(object, true));
    // A watch ends now and then; the list that the next one begins with tells what was missed.
    informer.on(
      'error',
      () => void delay(reconnectMilliseconds).then(() => (stopped ? undefined : informer.start())),
    );
    pods.stop = async () => {
      stopped = true;
      await informer.stop();
    };
    await informer.start();
    return pods;
  }

  stop: () => Promise<void> = () => Promise.resolve();

  onChange(listener: PodListener): void {
    this.listeners.push(listener);
  }

  /** @param role all roles when left out */
  list(role?: string): WorkerPod[] {
    return this.informer
      .list()
      .map(podOf)
      .filter((pod) => role === undefined || pod.role === role);
  }

  private tell(object: V1Pod, isGone: boolean): void {
    const pod = podOf(object);
    for (const listener of this.listeners) listener(pod, isGone);
  }
}

function podOf(object: V1Pod): WorkerPod {
  const { metadata, spec, status } = object;
  const { name, uid, labels, annotations, deletionTimestamp, deletionGracePeriodSeconds } = metadata ?? {};
  if (name === undefined || uid === undefined) throw new Bug('a pod without a name or an id');
  return {
    name,
    uid,
    role: labels?.[roleLabel] ?? '',
    node: spec?.nodeName,
    ready:
      status?.conditions?.some(({ type, status: holds }) => type === 'Ready' && holds === 'True') ?? false,
    graceSeconds: deletionTimestamp === undefined ? undefined : (deletionGracePeriodSeconds ?? 0),
    deletionCost: Number(annotations?.[costAnnotation] ?? 0),
    object,
  };
}
