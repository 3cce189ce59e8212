/** A worker's token is good for one annotation of its own pod; tried with a token that a worker has. */
import { messageOf } from '@honyaku/contracts';
import { CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { type Report } from '../command-line/report.ts';
import { type WorkerPod, namespace } from './worker-pods.ts';

/** @param kubeconfig of the worker in `own` */
export async function checkOwnPodOnly(
  kubeconfig: string,
  { own, other }: { readonly own: WorkerPod; readonly other: WorkerPod },
  report: Report,
): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
  const refused = async (statement: string, request: () => Promise<unknown>) => {
    const answer = await request().then(() => 'it was allowed', messageOf);
    report.check(statement, /forbidden|denied/.test(answer), answer === 'it was allowed' ? answer : '');
  };
  const cost = { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '9' } };
  await refused("a worker cannot set another worker's deletion cost", () =>
    core.patchNamespacedPod({ name: other.name, namespace, body: { metadata: cost } }, merge),
  );
  await refused('a worker cannot change the labels of its own pod', () =>
    core.patchNamespacedPod(
      { name: own.name, namespace, body: { metadata: { labels: { any: 'other' } } } },
      merge,
    ),
  );
  await refused('a worker cannot list secrets', () => core.listNamespacedSecret({ namespace }));
}
