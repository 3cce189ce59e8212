/** The real worker process behind one pod. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ApiException,
  CoreV1Api,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  type V1PodStatus,
} from '@kubernetes/client-node';
import { freePort } from '@honyaku/embedded';
import { Program } from '@honyaku/local-stack';
import { Bug } from '@honyaku/contracts';
import { type WorkerPod, namespace } from './worker-pods.ts';

/** How a worker's process ended. */
export interface Ending {
  readonly pod: WorkerPod;
  readonly how: 'told to stop' | 'killed' | 'by itself';
  /** Null when a signal ended it, or when it had not been started yet. */
  readonly exitCode: number | null;
  /** From SIGTERM to its end. */
  readonly seconds: number;
  /** Whether it had been ready for work. */
  readonly served: boolean;
}

interface PodProcessSettings {
  /** Credentials of the administrator. */
  readonly admin: KubeConfig;
  readonly pod: WorkerPod;
  /** Environment that lets a worker reach Redis and the bucket. */
  readonly connections: NodeJS.ProcessEnv;
  /** For its log, its cache and its credentials. */
  readonly folder: string;
}

const notFound = 404;

export class PodProcess {
  private program: Program | undefined;
  private served = false;
  private stopped = false;

  constructor(private readonly settings: PodProcessSettings) {}

  get pod(): WorkerPod {
    return this.settings.pod;
  }

  /** Whether it is to end, or has ended. */
  get ends(): boolean {
    return this.stopped;
  }

  /** Starts the worker and reports to the cluster when it runs and when it is ready. @throws Unavailable when it never is */
  async start(): Promise<void> {
    const startedAt = new Date();
    const program = await this.prepare();
    if (this.stopped) return;
    this.program = program;
    const serves = program.start();
    try {
      await Promise.all([serves, this.report(startedAt, false)]);
      this.served = true;
      await this.report(startedAt, true);
    } catch (error) {
      if (!this.stopped) throw error;
    }
  }

  /** SIGTERM, and SIGKILL when the grace is over. */
  async stop(graceSeconds: number): Promise<Ending> {
    this.stopped = true;
    const how = this.program?.runs === false ? 'by itself' : 'told to stop';
    const started = performance.now();
    const exitCode = (await this.program?.terminate(graceSeconds)) ?? null;
    return this.ending(how, exitCode, (performance.now() - started) / 1000);
  }

  /** SIGKILL, as when its machine is switched off. */
  async kill(): Promise<Ending> {
    this.stopped = true;
    await this.program?.kill();
    return this.ending('killed', null, 0);
  }

  private ending(how: Ending['how'], exitCode: number | null, seconds: number): Ending {
    return { pod: this.pod, how, exitCode, seconds, served: this.served };
  }

  private async prepare(): Promise<Program> {
    const { admin, pod, connections, folder } = this.settings;
    const kubeconfig = join(folder, 'kubeconfig');
    await mkdir(folder, { recursive: true });
    await writeCredentials(admin, pod, kubeconfig);
    const port = await freePort();
    return new Program({
      name: pod.name,
      script: 'apps/worker/src/main.ts',
      logFile: join(folder, 'worker.log'),
      port,
      environment: {
        ...connections,
        KUBECONFIG: kubeconfig,
        HONYAKU_POD_NAME: pod.name,
        HONYAKU_POD_NAMESPACE: namespace,
        HONYAKU_WORKER_NAME: pod.name,
        HONYAKU_WORKER_ROLES: pod.role,
        HONYAKU_WORKER_PORT: String(port),
        HONYAKU_CACHE_DIR: join(folder, 'cache'),
      },
    });
  }

  private async report(startedAt: Date, ready: boolean): Promise<void> {
    const { admin, pod } = this.settings;
    const body = { status: runningStatus(pod, startedAt, ready) };
    const merge = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
    await admin.makeApiClient(CoreV1Api).patchNamespacedPodStatus({ name: pod.name, namespace, body }, merge);
  }
}

/** An object that is gone already needs no second end. @throws every other error */
export async function unlessGone(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof ApiException && error.code === notFound)) throw error;
  }
}

const expirationSeconds = 3600;

/**
 * The credentials that a kubelet gives a pod: a token that is good for as long as that pod is there.
 * @param admin asks for the token @param file gets a kubeconfig that its owner alone can read
 */
async function writeCredentials(
  admin: KubeConfig,
  { name, uid, object }: WorkerPod,
  file: string,
): Promise<void> {
  const account = object.spec?.serviceAccountName ?? 'default';
  const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name, uid };
  const { status } = await admin.makeApiClient(CoreV1Api).createNamespacedServiceAccountToken({
    name: account,
    namespace,
    body: { spec: { audiences: [], expirationSeconds, boundObjectRef } },
  });
  const cluster = admin.getCurrentCluster();
  if (!cluster || !status) throw new Bug(`there is no token for ${name}`);
  const config = new KubeConfig();
  config.loadFromClusterAndUser(cluster, { name: account, token: status.token });
  await writeFile(file, config.exportConfig(), { mode: 0o600 });
}

/** The status that a kubelet reports of a pod. @param ready whether its containers answer */
function runningStatus({ object }: WorkerPod, startedAt: Date, ready: boolean): V1PodStatus {
  const lastTransitionTime = ready ? new Date() : startedAt;
  const holds = (type: string, status: boolean) => ({
    type,
    status: status ? 'True' : 'False',
    lastTransitionTime,
  });
  return {
    phase: 'Running',
    startTime: startedAt,
    conditions: [holds('Initialized', true), holds('ContainersReady', ready), holds('Ready', ready)],
    containerStatuses: (object.spec?.containers ?? []).map(({ name, image = '' }) => ({
      name,
      image,
      imageID: '',
      ready,
      started: ready,
      restartCount: 0,
      state: { running: { startedAt } },
    })),
  };
}
