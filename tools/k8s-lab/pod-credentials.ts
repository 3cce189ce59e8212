/** What a kubelet gives a pod to talk to the cluster with: a token that is good for as long as that pod is there. */
import { writeFile } from 'node:fs/promises';
import { Bug } from '@honyaku/contracts';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { type WorkerPod, namespace } from './worker-pods.ts';

const expirationSeconds = 3600;

/** @param admin asks for the token @param file gets a kubeconfig that its owner alone can read */
export async function writeCredentials(
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
