/** Traces by OpenTelemetry from submission to commit; off unless they have somewhere to go. */
import { SpanStatusCode, trace, type Attributes } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { BullMQOtel } from 'bullmq-otel';

const tracerName = 'honyaku';

let ofQueues: BullMQOtel | undefined;

/**
 * Sends spans to an OTLP collector from now on; to be called before queues are opened.
 * @param collector its address, such as http://127.0.0.1:4318; without it nothing is traced
 * @returns sends what is left, for the end of the process
 */
export function startTracing(
  service: string,
  version: string,
  collector: string | undefined,
): () => Promise<void> {
  if (collector === undefined) return () => Promise.resolve();
  const url = new URL('v1/traces', collector.endsWith('/') ? collector : `${collector}/`).href;
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.version': version }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }))],
  });
  provider.register();
  ofQueues = new BullMQOtel({ tracerName, version });
  return () => provider.shutdown();
}

/** Part of the options of a BullMQ queue, flow producer or worker: jobs then carry the trace with them. */
export function tracedQueue(): { telemetry?: BullMQOtel } {
  return ofQueues ? { telemetry: ofQueues } : {};
}

/** Runs the work in a span below the one that is active. */
export function inSpan<Result>(
  name: string,
  attributes: Attributes,
  work: () => Promise<Result>,
): Promise<Result> {
  return trace.getTracer(tracerName).startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  });
}
