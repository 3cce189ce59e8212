/**
 * Every metric that honyaku exports, declared once: programs make their instruments from here, documents,
 * dashboards and rules are checked against it. Node's own (`process_…`, `nodejs_…`) come from prom-client.
 */
import { counter, gauge, histogram } from './declaration.ts';

/** Exported by the API and by workers. */
export const commonMetrics = {
  buildInfo: gauge(
    'honyaku_build_info',
    'Always 1; the labels name what runs and, for workers, the device (cpu or gpu), its GPU and driver',
    ['component', 'version', 'node', 'device', 'gpu', 'driver'],
  ),
  objectStoreRequests: histogram(
    'honyaku_object_store_request_duration_seconds',
    'Duration of requests to the bucket with their retries, by what was asked and how it ended',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    ['operation', 'outcome'],
  ),
  objectStoreBytes: counter(
    'honyaku_object_store_bytes_total',
    'Bytes of objects sent to the bucket and received from it',
    ['direction'],
  ),
  ignoredMessages: counter(
    'honyaku_ignored_messages_total',
    'Messages between processes that could not be read and were ignored, by where they came from',
    ['channel'],
  ),
};

/** Exported by the API: what the records say, and what the control plane does. */
export const apiMetrics = {
  trialTrainPerplexity: gauge(
    'honyaku_trial_train_perplexity',
    'Train token perplexity of the last committed epoch',
    ['sweep', 'trial'],
  ),
  trialTrainPadded: gauge(
    'honyaku_trial_train_padded_ratio',
    'Padded share of target positions in the last committed epoch, 0 to 1',
    ['sweep', 'trial'],
  ),
  trialHeldOutPerplexity: gauge(
    'honyaku_trial_held_out_perplexity',
    'Held-out token perplexity of the last committed epoch',
    ['sweep', 'trial'],
  ),
  trialHeldOutBits: gauge(
    'honyaku_trial_held_out_bits_per_character',
    'Held-out loss of the last committed epoch in bits per reference character',
    ['sweep', 'trial'],
  ),
  trialHeldOutBleu: gauge(
    'honyaku_trial_held_out_bleu',
    'BLEU (0 to 100) of the greedy held-out translations in the evaluation of the last committed epoch',
    ['sweep', 'trial'],
  ),
  trialHeldOutCollapsed: gauge(
    'honyaku_trial_held_out_collapsed',
    'Whether held-out translations of the last committed epoch repeat themselves (1) or not (0)',
    ['sweep', 'trial'],
  ),
  trialEpochs: gauge('honyaku_trial_epochs', 'Committed epochs of the trial', ['sweep', 'trial']),
  trialsLeftOut: gauge(
    'honyaku_trials_left_out',
    'Trials of current sweeps that have records and, for the limit on their number, no series',
  ),
  sweepInfo: gauge('honyaku_sweep_info', 'Always 1; the labels tell the name and state of the sweep', [
    'sweep',
    'name',
    'state',
  ]),
  sweepTrials: gauge('honyaku_sweep_trials', 'Trials of the sweep by state', ['sweep', 'state']),
  sweepDivergedTrials: gauge(
    'honyaku_sweep_diverged_trials',
    'Trials of the sweep whose last loss is not a finite number',
    ['sweep'],
  ),
  sweepEpochs: gauge('honyaku_sweep_epochs', 'Committed epochs of all trials of the sweep', ['sweep']),
  sweepEpochsLeft: gauge(
    'honyaku_sweep_epochs_left',
    'Epochs that the sweep still has to train at most; pruning makes them fewer',
    ['sweep'],
  ),
  sweepSecondsLeft: gauge(
    'honyaku_sweep_left_seconds',
    'Time that the sweep still takes at most, by the mean of its epochs and the trials that run at once',
    ['sweep'],
  ),
  sweepWorkerSeconds: gauge(
    'honyaku_sweep_worker_seconds',
    'Training and evaluation of all trials of the sweep together',
    ['sweep'],
  ),
  sweepBestPerplexity: gauge(
    'honyaku_sweep_best_held_out_perplexity',
    'Lowest held-out token perplexity of the sweep',
    ['sweep'],
  ),
  unreadableSweeps: gauge(
    'honyaku_unreadable_sweeps',
    'Sweeps that this process leaves out, since an object of theirs cannot be read',
  ),
  queueJobs: gauge('honyaku_queue_jobs', 'Jobs by queue and state', ['queue', 'state']),
  queueOldestWaiting: gauge(
    'honyaku_queue_oldest_waiting_seconds',
    'Time since the job that is next in line was added; 0 when none waits',
    ['queue'],
  ),
  demand: gauge('honyaku_demand_workers', 'Workers of the role that would have work at once', ['role']),
  decisions: histogram(
    'honyaku_decision_duration_seconds',
    'Time to decide on an event, log it, show it and add jobs; events that are decided together share it',
    [0.001, 0.002, 0.003, 0.004, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 1],
  ),
  decisionsTaken: counter('honyaku_decisions_total', 'Decisions that this process has logged, by kind', [
    'decision',
  ]),
  requests: histogram(
    'honyaku_http_request_duration_seconds',
    'Duration of HTTP requests by route',
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10],
    ['method', 'route', 'status'],
  ),
  eventStreams: gauge('honyaku_event_streams', 'Live event streams that are open'),
  redisUp: gauge('honyaku_redis_up', 'Whether Redis answers (1) or not (0)'),
  redisMemory: gauge('honyaku_redis_memory_bytes', 'Memory that Redis uses'),
  redisMemoryLimit: gauge('honyaku_redis_memory_limit_bytes', 'Memory that Redis may use; 0 is no limit'),
  redisCommands: counter('honyaku_redis_commands_total', 'Commands that Redis has run since its start'),
  redisPersistence: gauge(
    'honyaku_redis_persistence_ok',
    'Whether Redis could write its append-only file (1) or not, or has none (0)',
  ),
  objectStoreUp: gauge('honyaku_object_store_up', 'Whether the bucket answers (1) or not (0)'),
};

/** Exported by workers: what is theirs alone. */
export const workerMetrics = {
  steps: counter('honyaku_worker_steps_total', 'Training steps taken by this worker'),
  targetTokens: counter(
    'honyaku_worker_target_tokens_total',
    'Target tokens that this worker trained on, without padding',
  ),
  stepDuration: histogram(
    'honyaku_worker_step_duration_seconds',
    'Time of a training step; steps between two reports of the tensor process count with their mean',
    [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
  ),
  targetTokensPerSecond: gauge(
    'honyaku_worker_target_tokens_per_second',
    'Target tokens a second of the epoch under way, without padding; 0 when none is',
  ),
  training: gauge('honyaku_worker_training', 'Always 1; the labels tell which trial the worker trains', [
    'sweep',
    'trial',
  ]),
  unsaved: gauge(
    'honyaku_worker_unsaved_seconds',
    'Training of the epoch under way that no stored checkpoint holds: what a kill would cost',
  ),
  jobDuration: histogram(
    'honyaku_worker_job_duration_seconds',
    'Time from the start of a job to its end, by job and outcome',
    [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600],
    ['job_name', 'outcome'],
  ),
  redeliveries: counter(
    'honyaku_worker_redeliveries_total',
    'Jobs that were started before, here or elsewhere, and came again',
    ['job_name'],
  ),
  stalledJobs: counter(
    'honyaku_worker_stalled_jobs_total',
    'Jobs that this worker found without a live holder and put back',
    ['queue'],
  ),
  cacheRequests: counter(
    'honyaku_worker_cache_requests_total',
    'Files asked of the local cache, by whether they were there',
    ['result'],
  ),
  cacheFree: gauge('honyaku_worker_cache_free_bytes', 'Free space of the disk that holds the cache'),
  cacheDisk: gauge('honyaku_worker_cache_disk_bytes', 'Size of the disk that holds the cache'),
  checkpointBytes: histogram(
    'honyaku_worker_checkpoint_bytes',
    'Size of stored checkpoints, weights and optimiser state together',
    [1e5, 1e6, 1e7, 5e7, 1e8, 2.5e8, 5e8, 1e9, 5e9],
    ['kind'],
  ),
  tensorBytes: gauge(
    'honyaku_worker_tensor_bytes',
    'Memory of tensors that the binding holds in the tensor process; it includes parameters and moments with native kernels alone',
  ),
  tensorProcessMemory: gauge(
    'honyaku_worker_tensor_process_resident_bytes',
    'Resident memory of the tensor process',
  ),
};

/** All of them, by who exports them. */
export const catalogue = { common: commonMetrics, api: apiMetrics, worker: workerMetrics };
