/** A cluster that is ready for honyaku: control plane, definitions of both operators, kwok, KEDA. */
import { join } from 'node:path';
import { CoreV1Api } from '@kubernetes/client-node';
import { answersWell, freePort, until } from '@honyaku/embedded';
import { type Binaries } from './binaries.ts';
import { ControlPlane } from './control-plane.ts';
import { startKeda } from './keda.ts';
import { run } from '../setup/command.ts';

export interface Laboratory {
  readonly plane: ControlPlane;
  readonly kubectl: Kubectl;
  readonly stop: () => Promise<void>;
}

/** @param folder for its data and logs @throws Unavailable when a part does not start */
export async function startLaboratory(folder: string, binaries: Binaries): Promise<Laboratory> {
  const plane = await ControlPlane.start(folder, binaries);
  try {
    const kubectl = new Kubectl(binaries.programs.kubectl, plane.kubeconfig);
    for (const definitions of binaries.definitions) await kubectl.apply(definitions);
    await kubectl.ask('wait', '--for=condition=Established', 'crd', '--all', '--timeout=300s');
    await Promise.all([startKwok(plane), startKeda(plane)]);
    return { plane, kubectl, stop: () => plane.stop() };
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

const seconds = 300;
/** Fields that are not there are refused, and what the server warns of counts as an error. */
const strict = ['--server-side', '--validate=strict', '--warnings-as-errors'];

/** Sends manifests by kubectl and its own kustomize, as a person would. */
class Kubectl {
  constructor(
    private readonly program: string,
    private readonly kubeconfig: string,
  ) {}

  /** A folder's kustomization as one YAML stream. @throws CommandFailed */
  render(folder: string): Promise<string> {
    return run(this.program, ['kustomize', folder], { seconds });
  }

  /** @throws CommandFailed with what the server said */
  apply(file: string, ...flags: readonly string[]): Promise<string> {
    return this.ask('apply', ...strict, ...flags, '-f', file);
  }

  /** Sends an overlay without leaving anything on the server. @throws CommandFailed */
  tryOverlay(folder: string): Promise<string> {
    return this.ask('apply', ...strict, '--dry-run=server', '-k', folder);
  }

  ask(...args: readonly string[]): Promise<string> {
    return run(this.program, ['--kubeconfig', this.kubeconfig, ...args], { seconds });
  }
}

const readySeconds = 300;
const gpu = 'nvidia.com/gpu';

interface NodeSettings {
  readonly name: string;
  readonly zone: string;
  /** None: a node for everything but training. */
  readonly gpus?: number;
}

/** @throws Unavailable */
async function startKwok(plane: ControlPlane): Promise<void> {
  const port = await freePort();
  await plane.run({
    name: 'kwok',
    flags: [
      `--kubeconfig=${plane.kubeconfig}`,
      `--config=${join(import.meta.dirname, 'kwok.yaml')}`,
      '--manage-all-nodes=true',
      // Without a lease it reports a node too seldom, and the controllers take it for lost.
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
