/** Nodes that kwok keeps alive: objects with a capacity, without a machine. */
import { join } from 'node:path';
import { CoreV1Api } from '@kubernetes/client-node';
import { answersWell, freePort, until } from '@honyaku/embedded';
import { type ControlPlane } from './control-plane.ts';

const readySeconds = 300;
const gpu = 'nvidia.com/gpu';

export interface NodeSettings {
  readonly name: string;
  readonly zone: string;
  /** None: a node for everything but training. */
  readonly gpus?: number;
}

/** @throws Unavailable */
export async function startKwok(plane: ControlPlane): Promise<void> {
  const port = await freePort();
  await plane.run({
    name: 'kwok',
    flags: [
      `--kubeconfig=${plane.kubeconfig}`,
      `--config=${join(import.meta.dirname, 'kwok.yaml')}`,
      '--manage-all-nodes=true',
      // Without a lease it tells of a node too seldom, and the controllers hold it for lost.
      '--node-lease-duration-seconds=40',
      `--server-address=127.0.0.1:${port}`,
    ],
    answers: () => answersWell(`http://127.0.0.1:${port}/healthz`),
  });
}

/** Resolves when pods can be scheduled there. @throws Unavailable */
export async function addNode(plane: ControlPlane, { name, zone, gpus }: NodeSettings): Promise<void> {
  const core = plane.config.makeApiClient(CoreV1Api);
  const capacity = {
    cpu: '64',
    memory: '256Gi',
    'ephemeral-storage': '1Ti',
    pods: '110',
    ...(gpus === undefined ? {} : { [gpu]: String(gpus) }),
  };
  await core.createNode({
    body: {
      metadata: {
        name,
        labels: {
          'kubernetes.io/hostname': name,
          'kubernetes.io/os': 'linux',
          'kubernetes.io/arch': 'amd64',
          'topology.kubernetes.io/zone': zone,
          // As NVIDIA's device discovery labels it.
          ...(gpus === undefined ? {} : { 'nvidia.com/gpu.present': 'true' }),
        },
      },
      spec: { taints: gpus === undefined ? [] : [{ key: gpu, effect: 'NoSchedule', value: 'present' }] },
      status: { capacity, allocatable: capacity },
    },
  });
  const wait = { what: `node ${name} that takes pods`, seconds: readySeconds, logFile: plane.logOf('kwok') };
  await until(wait, async () => {
    const { spec, status } = await core.readNode({ name });
    const isReady = status?.conditions?.some(
      ({ type, status: holds }) => type === 'Ready' && holds === 'True',
    );
    const isNew = spec?.taints?.some(({ key }) => key.startsWith('node.kubernetes.io/'));
    return (isReady && !isNew) || undefined;
  });
}
