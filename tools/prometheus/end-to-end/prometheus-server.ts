/** A real Prometheus that scrapes our programs on loopback, and can be killed. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { answersWell, type EmbeddedServer, startServer } from '@honyaku/embedded';
import { stringify } from 'yaml';
import { prometheusPrograms } from '../../setup/prometheus.ts';
import { absolute } from '../../grafana/generated-files.ts';

const readySeconds = 300;
const scrapeSeconds = 1;

export interface Targets {
  /** `host:port` of each program, by the name of the scrape job. */
  readonly [job: string]: readonly string[];
}

export class PrometheusServer {
  private server: EmbeddedServer | undefined;

  constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Writes the configuration: our rules, and a scrape each second. */
  async configure(targets: Targets): Promise<string> {
    const file = join(this.folder, 'prometheus.yaml');
    const configuration = {
      global: { scrape_interval: `${scrapeSeconds}s`, evaluation_interval: `${scrapeSeconds}s` },
      rule_files: ['recording', 'alerts'].map((name) => absolute(`infra/prometheus/rules/${name}.yaml`)),
      scrape_configs: Object.entries(targets).map(([job, addresses]) => ({
        job_name: job,
        static_configs: [{ targets: addresses }],
      })),
    };
    await writeFile(file, stringify(configuration));
    return file;
  }

  /** @throws Unavailable when it is not ready in time */
  async start(): Promise<void> {
    const { prometheus } = await prometheusPrograms();
    this.server = await startServer({
      name: 'prometheus',
      program: prometheus,
      arguments: [
        `--config.file=${join(this.folder, 'prometheus.yaml')}`,
        `--storage.tsdb.path=${join(this.folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${this.port}`,
      ],
      folder: this.folder,
      logFile: join(this.folder, 'prometheus.log'),
      answers: () => answersWell(`${this.url}/-/ready`),
      maxWaitSeconds: readySeconds,
    });
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.server?.kill();
  }
}
