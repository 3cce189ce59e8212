/** KEDA's own operator and metrics adapter beside the control plane, as programs on loopback. */
import { ApiregistrationV1Api, CoreV1Api } from '@kubernetes/client-node';
import { answersWell, freePort, until } from '@honyaku/embedded';
import { type ControlPlane } from './control-plane.ts';

const namespace = 'keda';
const metricsApi = { group: 'external.metrics.k8s.io', version: 'v1beta1' };
const availableSeconds = 300;

/** KEDA's definitions have to be there. @throws Unavailable */
export async function startKeda(plane: ControlPlane): Promise<void> {
  const core = plane.config.makeApiClient(CoreV1Api);
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  const metricsService = await freePort();
  await startOperator(plane, metricsService);
  await startAdapter(plane, metricsService);
}

async function startOperator(plane: ControlPlane, metricsService: number): Promise<void> {
  const [health, metrics] = [await freePort(), await freePort()];
  await plane.run({
    name: 'keda-operator',
    flags: [
      `--kubeconfig=${plane.kubeconfig}`,
      `--cert-dir=${plane.certificates.folder}`,
      `--health-probe-bind-address=127.0.0.1:${health}`,
      `--metrics-bind-address=127.0.0.1:${metrics}`,
      `--metrics-service-bind-address=127.0.0.1:${metricsService}`,
    ],
    environment: { WATCH_NAMESPACE: '', POD_NAMESPACE: namespace, KEDA_CLUSTER_OBJECT_NAMESPACE: namespace },
    answers: () => answersWell(`http://127.0.0.1:${health}/readyz`),
  });
}

async function startAdapter(plane: ControlPlane, metricsService: number): Promise<void> {
  const { kubeconfig, certificates } = plane;
  const [port, metrics] = [await freePort(), await freePort()];
  await plane.run({
    name: 'keda-adapter',
    flags: [
      ...plane.servingFlags(port),
      `--kubeconfig=${kubeconfig}`,
      `--lister-kubeconfig=${kubeconfig}`,
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
      `--cert-dir=${certificates.folder}`,
      `--client-ca-file=${certificates.authority}`,
      `--metrics-service-address=localhost:${metricsService}`,
      `--port=${metrics}`,
    ],
    environment: { WATCH_NAMESPACE: '', POD_NAMESPACE: namespace },
    answers: () => plane.answers(port, '/healthz'),
  });
  await register(plane, port);
}

/** Lets the API server ask the adapter for external metrics; a Service without pods says where it is. */
async function register(plane: ControlPlane, port: number): Promise<void> {
  const { group, version } = metricsApi;
  const service = { name: 'keda-adapter', namespace };
  await plane.config.makeApiClient(CoreV1Api).createNamespacedService({
    namespace,
    body: {
      metadata: { name: service.name },
      spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
    },
  });
  const registration = plane.config.makeApiClient(ApiregistrationV1Api);
  const name = `${version}.${group}`;
  await registration.createAPIService({
    body: {
      metadata: { name },
      spec: {
        group,
        version,
        groupPriorityMinimum: 100,
        versionPriority: 100,
        service: { ...service, port },
        insecureSkipTLSVerify: true,
      },
    },
  });
  const wait = { what: `answer of ${name}`, seconds: availableSeconds, logFile: plane.logOf('keda-adapter') };
  await until(wait, async () => {
    const { status } = await registration.readAPIServiceStatus({ name });
    return status?.conditions?.find(({ type }) => type === 'Available')?.status === 'True' || undefined;
  });
}
