/** A real Prometheus that scrapes our programs on loopback, and can be killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Unavailable } from '@honyaku/contracts';
import { stringify } from 'yaml';
import { prometheusPrograms } from '../../setup/prometheus.ts';
import { absolute } from '../../grafana/generated-files.ts';

const readySeconds = 60;
const scrapeSeconds = 1;

export interface Targets {
  /** `host:port` of each program, by the name of the scrape job. */
  readonly [job: string]: readonly string[];
}

export class PrometheusServer {
  private child: ChildProcess | undefined;

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
    const logFile = join(this.folder, 'prometheus.log');
    const log = openSync(logFile, 'a', 0o600);
    const options = [
      `--config.file=${join(this.folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(this.folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${this.port}`,
    ];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', prometheus, ...options], {
      stdio: ['ignore', log, log],
    });
    this.child = child;
    closeSync(log);
    for (const deadline = Date.now() + readySeconds * 1000; Date.now() < deadline; await delay(100)) {
      const answer = await fetch(`${this.url}/-/ready`).catch(() => undefined);
      if (answer?.ok) return;
      if (child.exitCode !== null) break;
    }
    const last = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n');
    throw new Unavailable(`Prometheus was not ready within ${readySeconds} s:\n${last}`);
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}
