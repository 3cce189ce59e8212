/** The whole platform with a real Prometheus beside it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '@honyaku/client';
import { freePort, answersWell, type EmbeddedServer, startServer } from '@honyaku/embedded';
import { LocalStack, type Program } from '@honyaku/local-stack';
import { stringify } from 'yaml';
import { routes } from '@honyaku/contracts';
import { z } from 'zod';
import { prometheusPrograms } from '../../setup/prometheus.ts';
import { absolute } from '../generated-files.ts';

const workerNames = ['worker-1', 'worker-2'];

export class ScrapedPlatform {
  private constructor(
    private readonly stack: LocalStack,
    readonly api: Program,
    readonly workers: readonly Program[],
    readonly prometheus: PrometheusServer,
    readonly configFile: string,
    readonly client: ApiClient,
  ) {}

  /** @param collector takes the traces */
  static async start(folder: string, collector: string): Promise<ScrapedPlatform> {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector, HONYAKU_CHECKPOINT_SECONDS: '1' };
    const stack = await LocalStack.start({ folder, environment });
    const api = await stack.startApi();
    const workers = await Promise.all(workerNames.map((name) => stack.startWorker(name)));
    await mkdir(join(folder, 'prometheus'));
    const prometheus = new PrometheusServer(join(folder, 'prometheus'), await freePort());
    const configFile = await prometheus.configure({
      'honyaku-api': [api.address],
      'honyaku-worker': workers.map(({ address }) => address),
    });
    await prometheus.start();
    const client = new ApiClient({ url: api.url });
    return new ScrapedPlatform(stack, api, workers, prometheus, configFile, client);
  }

  killRedis(): Promise<void> {
    return this.stack.killRedis();
  }

  startRedis(): Promise<void> {
    return this.stack.startRedis();
  }

  async stop(): Promise<void> {
    await this.prometheus.kill();
    await this.stack.stop();
  }
}

const readySeconds = 300;
const scrapeSeconds = 1;

interface Targets {
  /** `host:port` of each program, by the name of the scrape job. */
  readonly [job: string]: readonly string[];
}

/** A real Prometheus that scrapes our programs on loopback, and can be killed. */
class PrometheusServer {
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

const everyMilliseconds = 200;

/** Scrapes the API as a second Prometheus would, and keeps the longest that it took. */
export class ScrapeWatch {
  scrapes = 0;
  longestSeconds = 0;
  private watching = true;

  constructor(private readonly apiUrl: string) {
    void this.watch();
  }

  stop(): void {
    this.watching = false;
  }

  private async watch(): Promise<void> {
    for (; this.watching; await delay(everyMilliseconds)) {
      const started = performance.now();
      const answer = await fetch(`${this.apiUrl}${routes.metrics.path}`).catch(() => undefined);
      await answer?.text().catch(() => undefined);
      // Without an API there is no scrape.
      if (!answer) continue;
      this.scrapes += 1;
      this.longestSeconds = Math.max(this.longestSeconds, (performance.now() - started) / 1000);
    }
  }
}

const Spans = z.object({
  resourceSpans: z.array(
    z.object({
      scopeSpans: z.array(z.object({ spans: z.array(z.object({ name: z.string(), traceId: z.string() })) })),
    }),
  ),
});

/** Takes spans as an OpenTelemetry collector does: OTLP as JSON over HTTP. */
export class TraceReceiver {
  /** Names of spans by trace. */
  readonly traces = new Map<string, Set<string>>();

  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async start(): Promise<TraceReceiver> {
    const server = createServer((request, response) => {
      json(request)
        .then((body) => receiver.take(Spans.parse(body)))
        .then(
          () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
          () => response.writeHead(400).end(),
        );
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const receiver = new TraceReceiver(`http://127.0.0.1:${port}`, server);
    return receiver;
  }

  /** Traces in which each of the spans is. */
  with(...names: readonly string[]): number {
    return [...this.traces.values()].filter((spans) => names.every((name) => spans.has(name))).length;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private take({ resourceSpans }: z.output<typeof Spans>): void {
    for (const { name, traceId } of resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans),
    ))
      this.traces.set(traceId, (this.traces.get(traceId) ?? new Set()).add(name));
  }
}
