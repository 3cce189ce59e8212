/** Metrics of this API process itself, counted as it works. */
import { type SweepLogEntry } from '@honyaku/contracts';
import {
  apiMetrics,
  askedGaugeIn,
  commonMetrics,
  counterIn,
  gaugeIn,
  histogramIn,
  storeObserverIn,
} from '@honyaku/telemetry';
import { type FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { type UnreadableSweeps } from '../store/unreadable-sweeps.ts';

const decisionKinds = ['asked', 'continue', 'stop', 'pause', 'exploit', 'promoted'];

const messageChannels = ['events', 'progress'] as const;
export type MessageChannel = (typeof messageChannels)[number];

export class Metrics {
  readonly registry = new Registry();
  readonly observeStore = storeObserverIn(this.registry);
  private readonly requests = histogramIn(this.registry, apiMetrics.requests);
  private readonly decisions = histogramIn(this.registry, apiMetrics.decisions);
  private readonly decisionsTaken = counterIn(this.registry, apiMetrics.decisionsTaken);
  private readonly ignoredMessages = counterIn(this.registry, commonMetrics.ignoredMessages);

  /** @param unreadable the sweeps that this process cannot read */
  constructor(version: string, unreadable: UnreadableSweeps) {
    collectDefaultMetrics({ register: this.registry });
    askedGaugeIn(this.registry, apiMetrics.unreadableSweeps, () => unreadable.size);
    // PromQL's `increase` misses the first event of a series that starts with it, so all series start at 0.
    for (const decision of decisionKinds) this.decisionsTaken.inc({ decision }, 0);
    for (const channel of messageChannels) this.ignoredMessages.inc({ channel }, 0);
    gaugeIn(this.registry, commonMetrics.buildInfo).set(
      { component: 'api', version, node: process.version },
      1,
    );
  }

  /** Times every request by its route, not its URL, whose ids would each make a new series. */
  observeRequests(fastify: FastifyInstance): void {
    fastify.addHook('onResponse', async (request, reply) => {
      const route = request.routeOptions.url ?? 'unknown';
      this.requests.observe(
        { method: request.method, route, status: String(reply.statusCode) },
        reply.elapsedTime / 1000,
      );
    });
  }

  readonly ignoredMessage = (channel: MessageChannel): void => this.ignoredMessages.inc({ channel });

  /** As a sweep observer: counts the decisions of each log entry. */
  onEntry({ decisions }: SweepLogEntry): void {
    for (const decision of decisions)
      this.decisionsTaken.inc({ decision: decision.type === 'verdict' ? decision.action : decision.type });
  }

  /** As a sweep observer: records the time that each of the events took. */
  onDone(events: number, seconds: number): void {
    for (let event = 0; event < events; event += 1) this.decisions.observe(seconds / events);
  }
}
