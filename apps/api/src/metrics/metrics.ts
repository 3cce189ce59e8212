/** What this process of the API does, counted as it happens. */
import { type Decision } from '@honyaku/contracts';
import {
  apiMetrics,
  commonMetrics,
  counterIn,
  gaugeIn,
  histogramIn,
  storeObserverIn,
} from '@honyaku/telemetry';
import { type FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';

const decisionKinds = ['asked', 'continue', 'stop', 'pause', 'exploit', 'promoted'];

export class Metrics {
  readonly registry = new Registry();
  readonly observeStore = storeObserverIn(this.registry);
  private readonly requests = histogramIn(this.registry, apiMetrics.requests);
  private readonly decisions = histogramIn(this.registry, apiMetrics.decisions);
  private readonly decisionsTaken = counterIn(this.registry, apiMetrics.decisionsTaken);

  constructor(version: string) {
    collectDefaultMetrics({ register: this.registry });
    // A series that begins with its first event hides that event from `increase`.
    for (const decision of decisionKinds) this.decisionsTaken.inc({ decision }, 0);
    gaugeIn(this.registry, commonMetrics.buildInfo).set(
      { component: 'api', version, node: process.version },
      1,
    );
  }

  /** Times every request by its route, not its address, whose ids would make a series each. */
  observeRequests(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', async (request, reply) => {
      const route = request.routeOptions.url ?? 'unknown';
      this.requests.observe(
        { method: request.method, route, status: String(reply.statusCode) },
        reply.elapsedTime / 1000,
      );
    });
  }

  /** @param seconds of each of them */
  observeDecisionTime(seconds: number): void {
    this.decisions.observe(seconds);
  }

  observeDecisions(decisions: readonly Decision[]): void {
    for (const decision of decisions)
      this.decisionsTaken.inc({ decision: decision.type === 'verdict' ? decision.action : decision.type });
  }
}
