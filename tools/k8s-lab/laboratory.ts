/** A cluster that is ready for honyaku: control plane, definitions of both operators, kwok, KEDA. */
import { type Binaries } from './binaries.ts';
import { ControlPlane } from './control-plane.ts';
import { startKeda } from './keda.ts';
import { Kubectl } from './kubectl.ts';
import { startKwok } from './nodes.ts';

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
