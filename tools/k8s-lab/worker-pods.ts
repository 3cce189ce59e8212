/** The workers’ pods as the cluster has them now, what happens to them, and who watches that. */
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

/** The fields of a pod that the laboratory reads. */
export interface WorkerPod {
  readonly name: string;
  readonly uid: string;
  readonly role: string;
  /** Undefined until it is scheduled. */
  readonly node: string | undefined;
  readonly ready: boolean;
  /** It is to go, and still there; in seconds, how long it has for that. */
  readonly graceSeconds: number | undefined;
  /** Cost of its end, by the worker's own annotation; 0 without one. */
  readonly deletionCost: number;
  readonly object: V1Pod;
}

type PodListener = (pod: WorkerPod, isGone: boolean) => void;

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
    informer.on('change', (object) => pods.notify(object, false));
    informer.on('delete', (object) => pods.notify(object, true));
    // A watch ends now and then; the list that the next one begins with has what was missed.
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

  private notify(object: V1Pod, isGone: boolean): void {
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

/** The workers' pods in numbers: prints every change, and remembers what happened when. */
export class FleetWatch {
  /** By role: when a pod was given a node for the first time, in milliseconds of `performance.now()`. */
  readonly firstScheduled = new Map<string, number>();
  private printed = '';
  private begun = performance.now();

  constructor(
    private readonly pods: WorkerPods,
    private readonly isLost: (pod: WorkerPod) => boolean,
    private readonly print: (line: string) => void,
  ) {
    pods.onChange(() => this.look());
  }

  /** Forgets what was before; times that are printed count from now. */
  begin(): void {
    this.firstScheduled.clear();
    this.begun = performance.now();
  }

  private look(): void {
    for (const { role, node } of this.pods.list())
      if (node !== undefined && !this.firstScheduled.has(role))
        this.firstScheduled.set(role, performance.now());
    const now = ['preprocess', 'trials'].flatMap((role) => this.countsOf(role)).join('; ') || 'no workers';
    if (now === this.printed) return;
    this.printed = now;
    this.print(`  ${((performance.now() - this.begun) / 1000).toFixed(1).padStart(6)} s  ${now}`);
  }

  private countsOf(role: string): string[] {
    const pods = this.pods.list(role);
    if (pods.length === 0) return [];
    const there = pods.filter((pod) => !this.isLost(pod));
    const staying = there.filter(({ graceSeconds }) => graceSeconds === undefined);
    const counts = {
      ready: staying.filter(({ ready }) => ready).length,
      starting: staying.filter(({ node, ready }) => node !== undefined && !ready).length,
      'without a node': staying.filter(({ node }) => node === undefined).length,
      stopping: there.length - staying.length,
      'without a machine': pods.length - there.length,
    };
    const parts = Object.entries(counts).filter(([, count]) => count > 0);
    return [`${role}: ${parts.map(([state, count]) => `${count} ${state}`).join(', ')}`];
  }
}

/** Until all pods of one decision are marked. */
const decisionMilliseconds = 1_000;

interface Choice {
  readonly taken: string;
  readonly cost: number;
  /** The lowest cost of a ready worker that was left. */
  readonly left: number;
}

/** Whether workers that were taken away were those that cost least, by their own annotations. */
export class ScaleDownOrder {
  /** Where a ready worker was taken and a ready one was left. */
  readonly choices: Choice[] = [];
  private readonly seen = new Set<string>();

  constructor(private readonly pods: WorkerPods) {
    pods.onChange((pod, isGone) => {
      if (isGone || pod.graceSeconds === undefined || this.seen.has(pod.uid)) return;
      this.seen.add(pod.uid);
      void this.look(pod);
    });
  }

  /** It goes for another reason than that there are too many. */
  leaveOut({ uid }: WorkerPod): void {
    this.seen.add(uid);
  }

  private async look(taken: WorkerPod): Promise<void> {
    if (!taken.ready) return;
    const others = this.pods.list(taken.role).filter(({ uid, ready }) => ready && uid !== taken.uid);
    await delay(decisionMilliseconds);
    const staying = new Set(
      this.pods.list(taken.role).flatMap((pod) => (pod.graceSeconds === undefined ? [pod.uid] : [])),
    );
    const costs = others.filter(({ uid }) => staying.has(uid)).map(({ deletionCost }) => deletionCost);
    if (costs.length > 0)
      this.choices.push({ taken: taken.name, cost: taken.deletionCost, left: Math.min(...costs) });
  }
}
