import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

interface EpochPoint {
  readonly step: number;
  readonly targetTokens: number;
  readonly seconds: number;
}

/** What is this worker's own; a trial's perplexity is the API's to export, whichever worker trained it. */
export class WorkerMetrics {
  readonly registry = new Registry();
  readonly steps = new Counter({
    name: 'honyaku_worker_steps_total',
    help: 'Training steps taken by this worker.',
    registers: [this.registry],
  });
  readonly targetTokens = new Counter({
    name: 'honyaku_worker_target_tokens_total',
    help: 'Target tokens that this worker trained on, without padding.',
    registers: [this.registry],
  });
  readonly stepSeconds = new Histogram({
    name: 'honyaku_worker_step_duration_seconds',
    help: 'Time of a training step; steps between two reports of the child count with their mean.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  });
  readonly targetTokensPerSecond = new Gauge({
    name: 'honyaku_worker_target_tokens_per_second',
    help: 'Target tokens a second of the epoch under way or last trained, without padding.',
    registers: [this.registry],
  });
  readonly uploadedBytes = new Counter({
    name: 'honyaku_worker_uploaded_bytes_total',
    help: 'Bytes of files uploaded to the object store.',
    registers: [this.registry],
  });
  readonly jobSeconds = new Histogram({
    name: 'honyaku_worker_job_duration_seconds',
    help: 'Time from the start of a job to its end, by job and outcome.',
    labelNames: ['job', 'outcome'] as const,
    buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600],
    registers: [this.registry],
  });

  constructor(codeVersion: string) {
    collectDefaultMetrics({ register: this.registry });
    new Gauge({
      name: 'honyaku_worker_build_info',
      help: 'Always 1; the labels say which version runs.',
      labelNames: ['version'] as const,
      registers: [this.registry],
    }).set({ version: codeVersion }, 1);
  }

  /** Counts the steps between two points of an epoch. */
  stepsTaken(from: EpochPoint, to: EpochPoint): void {
    const steps = to.step - from.step;
    this.steps.inc(steps);
    this.targetTokens.inc(to.targetTokens - from.targetTokens);
    for (let step = 0; step < steps; step += 1) this.stepSeconds.observe((to.seconds - from.seconds) / steps);
  }
}
