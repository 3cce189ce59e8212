/**
 * A real Kubernetes control plane on loopback, without containers: etcd, API server, controllers and scheduler as child
 * processes. RBAC, admission policies and pod security are in force as on any cluster. Its nodes are others' business.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { answersWell, type EmbeddedServer, freePort, startServer } from '@honyaku/embedded';
import { KubeConfig } from '@kubernetes/client-node';
import { type Binaries, type ProgramName } from './binaries.ts';
import { type Certificates, holder, makeCertificates } from './certificates.ts';

const startSeconds = 300;
const serviceNetwork = '10.96.0.0/16';

/** How a program of the cluster is started. */
interface ClusterProgram {
  readonly name: ProgramName;
  readonly flags: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly answers: () => Promise<boolean>;
}

export class ControlPlane {
  /** The one that was started last is the last. */
  private readonly servers: EmbeddedServer[] = [];

  private constructor(
    private readonly folder: string,
    private readonly binaries: Binaries,
    readonly url: string,
    readonly certificates: Certificates,
    /** Credentials of the administrator. */
    readonly kubeconfig: string,
    readonly config: KubeConfig,
  ) {}

  /** @throws Unavailable with the end of the log when a part does not start */
  static async start(folder: string, binaries: Binaries): Promise<ControlPlane> {
    await mkdir(join(folder, 'certificates'), { recursive: true, mode: 0o700 });
    const certificates = await makeCertificates(join(folder, 'certificates'));
    const token = randomBytes(24).toString('hex');
    const port = await freePort();
    const url = `https://localhost:${port}`;
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'lab', server: url, caData: await base64(certificates.authority), skipTLSVerify: false },
      { name: 'admin', token },
    );
    const kubeconfig = join(folder, 'admin.kubeconfig');
    await writeFile(kubeconfig, config.exportConfig(), { mode: 0o600 });
    const plane = new ControlPlane(folder, binaries, url, certificates, kubeconfig, config);
    try {
      const etcd = await plane.startEtcd();
      await plane.startApiServer(port, etcd, token);
      await Promise.all([plane.startControllers(), plane.startScheduler()]);
      return plane;
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  /** Starts one that lives as long as the control plane. @throws Unavailable */
  async run({ name, flags, environment = {}, answers }: ClusterProgram): Promise<void> {
    const program = this.binaries.programs[name];
    const { folder } = this;
    const logFile = this.logOf(name);
    this.servers.push(
      await startServer({
        name,
        program,
        arguments: flags,
        environment,
        folder,
        logFile,
        answers,
        maxWaitSeconds: startSeconds,
      }),
    );
  }

  logOf(name: ProgramName): string {
    return join(this.folder, `${name}.log`);
  }

  async stop(): Promise<void> {
    for (const server of this.servers.reverse()) await server.stop();
  }

  /** Its own certificate, for whoever asks on this port of loopback. */
  servingFlags(port: number): string[] {
    const { certificate, key } = this.certificates;
    return [
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--tls-cert-file=${certificate}`,
      `--tls-private-key-file=${key}`,
    ];
  }

  async answers(port: number, path: string): Promise<boolean> {
    const authority = await readFile(this.certificates.authority, 'utf8');
    return answersSecurely(`https://localhost:${port}${path}`, authority);
  }

  private async startEtcd(): Promise<string> {
    const [port, peers] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${port}`;
    await this.run({
      name: 'etcd',
      flags: [
        `--data-dir=${join(this.folder, 'etcd')}`,
        `--listen-client-urls=${url}`,
        `--advertise-client-urls=${url}`,
        `--listen-peer-urls=http://127.0.0.1:${peers}`,
        `--initial-advertise-peer-urls=http://127.0.0.1:${peers}`,
        `--initial-cluster=default=http://127.0.0.1:${peers}`,
        // Nothing here outlives the run.
        '--unsafe-no-fsync',
      ],
      answers: () => answersWell(`${url}/health`),
    });
    return url;
  }

  private async startApiServer(port: number, etcd: string, token: string): Promise<void> {
    const { authority, certificate, key, serviceAccountKey } = this.certificates;
    const tokens = join(this.folder, 'tokens.csv');
    await writeFile(tokens, `${token},admin,admin,system:masters\n`, { mode: 0o600 });
    await this.run({
      name: 'kube-apiserver',
      flags: [
        ...this.servingFlags(port),
        `--etcd-servers=${etcd}`,
        `--token-auth-file=${tokens}`,
        '--authorization-mode=Node,RBAC',
        `--client-ca-file=${authority}`,
        `--service-cluster-ip-range=${serviceNetwork}`,
        // Services that select pods lead nowhere here, so no endpoints of this server are kept either.
        '--endpoint-reconciler-type=none',
        '--service-account-issuer=https://kubernetes.default.svc',
        `--service-account-signing-key-file=${serviceAccountKey}`,
        `--service-account-key-file=${serviceAccountKey}`,
        // How it shows itself to KEDA's adapter, which answers for external metrics.
        `--requestheader-client-ca-file=${authority}`,
        `--requestheader-allowed-names=${holder}`,
        '--requestheader-username-headers=X-Remote-User',
        '--requestheader-group-headers=X-Remote-Group',
        '--requestheader-extra-headers-prefix=X-Remote-Extra-',
        `--proxy-client-cert-file=${certificate}`,
        `--proxy-client-key-file=${key}`,
        '--enable-aggregator-routing=false',
      ],
      answers: () => this.answers(port, '/readyz'),
    });
  }

  private async startControllers(): Promise<void> {
    const port = await freePort();
    await this.run({
      name: 'kube-controller-manager',
      flags: [
        ...this.servingFlags(port),
        `--kubeconfig=${this.kubeconfig}`,
        '--leader-elect=false',
        `--root-ca-file=${this.certificates.authority}`,
        `--service-account-private-key-file=${this.certificates.serviceAccountKey}`,
        '--horizontal-pod-autoscaler-sync-period=2s',
      ],
      answers: () => this.answers(port, '/healthz'),
    });
  }

  private async startScheduler(): Promise<void> {
    const port = await freePort();
    await this.run({
      name: 'kube-scheduler',
      flags: [...this.servingFlags(port), `--kubeconfig=${this.kubeconfig}`, '--leader-elect=false'],
      answers: () => this.answers(port, '/healthz'),
    });
  }
}

async function base64(file: string): Promise<string> {
  return (await readFile(file)).toString('base64');
}

const limitMilliseconds = 2_000;

/** Whether the address answers with 200; its certificate has to come from this authority (PEM). */
function answersSecurely(url: string, authority: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request(url, { ca: authority, timeout: limitMilliseconds }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
