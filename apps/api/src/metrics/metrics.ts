/** What Prometheus scrapes from the API. Perplexities come from committed results, whichever worker made them. */
import { messageOf, type TrialView } from '@honyaku/contracts';
import { type FastifyInstance } from 'fastify';
import { type Logger } from 'pino';
import { Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { type Queues } from '../queues/queues.ts';
import { hasEnded } from '../sweeps/end-states.ts';
import { type SweepRow } from '../sweeps/sweep-state.ts';
import { type SweepStore } from '../sweeps/sweep-store.ts';

/** Scraped a few times more after its end, then a sweep's series stop; otherwise they would only grow in number. */
const keepEndedMilliseconds = 15 * 60_000;

type LastEpoch = TrialView['epochs'][number];

export class Metrics {
  private readonly registry = new Registry();
  private readonly ofTrials: readonly {
    readonly gauge: Gauge;
    readonly value: (last: LastEpoch) => number;
  }[];
  private readonly queueJobs: Gauge;
  private readonly requests: Histogram;
  private readonly decisions: Histogram;

  constructor(
    private readonly store: SweepStore,
    private readonly queues: Queues,
    private readonly logger: Logger,
    version: string,
  ) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    const ofTrials = (name: string, help: string, value: (last: LastEpoch) => number) => ({
      gauge: new Gauge({
        name: `honyaku_trial_${name}`,
        help: `${help} of the last committed epoch`,
        labelNames: ['sweep', 'trial'],
        registers,
      }),
      value,
    });
    this.ofTrials = [
      ofTrials('train_perplexity', 'Train token perplexity', ({ train }) => train.perplexity),
      ofTrials('train_padded_ratio', 'Padded share of target positions', ({ train }) => train.paddedShare),
      ofTrials('held_out_perplexity', 'Held-out token perplexity', ({ heldOut }) => heldOut.perplexity),
      ofTrials(
        'held_out_bits_per_character',
        'Held-out loss in bits per reference character',
        ({ heldOut }) => heldOut.bitsPerCharacter,
      ),
      ofTrials(
        'held_out_bleu',
        'BLEU (0 to 100) of greedy held-out translations',
        ({ heldOut }) => heldOut.translations.bleu.score,
      ),
      ofTrials(
        'held_out_collapsed',
        'Whether held-out translations repeat themselves (1) or not (0)',
        ({ heldOut }) => (heldOut.translations.collapse.length > 0 ? 1 : 0),
      ),
    ];
    this.queueJobs = new Gauge({
      name: 'honyaku_queue_jobs',
      help: 'Jobs by queue and state',
      labelNames: ['queue', 'state'],
      registers,
    });
    this.requests = new Histogram({
      name: 'honyaku_http_request_duration_seconds',
      help: 'Duration of HTTP requests',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    this.decisions = new Histogram({
      name: 'honyaku_decision_seconds',
      help: 'Time to decide on an event, log it, show it and add jobs; events that are decided together share it',
      buckets: [0.001, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 1],
      registers,
    });
    new Gauge({
      name: 'honyaku_build_info',
      help: 'Always 1; the labels tell what runs',
      labelNames: ['version', 'node'],
      registers,
    }).set({ version, node: process.version }, 1);
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

  observeDecision(seconds: number): void {
    this.decisions.observe(seconds);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The exposition text. Without Redis the process's own metrics are still given. */
  async text(): Promise<string> {
    try {
      await this.collect();
    } catch (error) {
      this.logger.warn({ reason: messageOf(error) }, 'metrics of sweeps and queues are missing');
    }
    return this.registry.metrics();
  }

  private async collect(): Promise<void> {
    const [sweeps, counts] = await Promise.all([this.store.list(), this.queues.counts()]);
    const states = await Promise.all(sweeps.filter(isCurrent).map(({ id }) => this.store.state(id)));
    for (const { gauge } of this.ofTrials) gauge.reset();
    for (const trial of states.flatMap(({ trials }) => trials)) {
      const last = trial.epochs.at(-1);
      if (!last) continue;
      const labels = { sweep: trial.sweepId, trial: trial.id };
      for (const { gauge, value } of this.ofTrials) gauge.set(labels, value(last));
    }
    this.queueJobs.reset();
    for (const [queue, states] of counts) {
      for (const [state, jobs] of Object.entries(states)) this.queueJobs.set({ queue, state }, jobs);
    }
  }
}

function isCurrent({ state, endedAt }: SweepRow): boolean {
  return !hasEnded(state) || Date.now() - Date.parse(endedAt ?? '') < keepEndedMilliseconds;
}
