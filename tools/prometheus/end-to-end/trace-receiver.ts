/** Takes spans as an OpenTelemetry collector does: OTLP as JSON over HTTP. */
import { createServer, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { freePort } from '@honyaku/embedded';

const Spans = z.object({
  resourceSpans: z.array(
    z.object({
      scopeSpans: z.array(z.object({ spans: z.array(z.object({ name: z.string(), traceId: z.string() })) })),
    }),
  ),
});

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
