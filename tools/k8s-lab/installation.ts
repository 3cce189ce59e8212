/** honyaku in the laboratory, by the steps of k8s/README.md. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CoreV1Api } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { type Laboratory } from './laboratory.ts';
import { type ClusterPlatform } from './platform.ts';
import { namespace } from './worker-pods.ts';

const overlay = join(import.meta.dirname, 'overlay');
/** The overlay's address of the API, which is no pod here. */
const apiInOverlay = 'http://api.invalid';
/** Kinds that the namespace's pods refer to: they have to be there before a pod is admitted. */
const referredTo = ['Namespace', 'ServiceAccount', 'PriorityClass'];

/** The namespace, and what pods refer to in it. @throws CommandFailed */
export async function prepareNamespace({ kubectl }: Laboratory, folder: string): Promise<void> {
  const documents = parseAllDocuments(await kubectl.render(overlay));
  const kept = documents.filter((document) => referredTo.includes(String(document.get('kind'))));
  const file = join(folder, 'namespace.yaml');
  await writeFile(file, kept.map(String).join('---\n'));
  await kubectl.apply(file);
}

/** Everything else. The API's replicas and the bucket in the cluster are none; the real ones run beside it. */
export async function install(
  { plane, kubectl }: Laboratory,
  platform: ClusterPlatform,
  folder: string,
): Promise<void> {
  const core = plane.config.makeApiClient(CoreV1Api);
  const { HONYAKU_REDIS_URL = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = platform.connections;
  const secrets = {
    'honyaku-redis': { HONYAKU_REDIS_URL },
    'honyaku-s3': { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY },
    'honyaku-api': { HONYAKU_API_TOKEN: platform.token },
  };
  for (const [name, stringData] of Object.entries(secrets))
    await core.createNamespacedSecret({ namespace, body: { metadata: { name }, stringData } });
  const file = join(folder, 'overlay.yaml');
  await writeFile(file, (await kubectl.render(overlay)).replaceAll(apiInOverlay, platform.url));
  await kubectl.apply(file);
  const inNamespace = `--namespace=${namespace}`;
  await kubectl.ask('rollout', 'status', 'deployment/honyaku-api', inNamespace, '--timeout=300s');
}
