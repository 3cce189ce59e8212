import { alert, type RuleGroup } from './rule.ts';

/** About the programs themselves, as far as Prometheus reaches them. */
export const programAlerts: RuleGroup = {
  name: 'honyaku-programs',
  rules: [
    alert({
      alert: 'HonyakuScrapeFailing',
      severity: 'warning',
      for: '5m',
      expr: 'up{job=~"honyaku-api|honyaku-worker"} == 0',
      summary: '{{ $labels.job }} at {{ $labels.instance }} cannot be scraped',
      description:
        'Prometheus knows the target and gets no metrics from it: the program is gone, hangs, or cannot be reached.',
    }),
    alert({
      alert: 'HonyakuGpuUnused',
      severity: 'warning',
      for: '5m',
      expr: 'count by (instance, gpu, driver) (honyaku_build_info{component="worker", device="cpu", gpu!=""}) > 0',
      summary: 'The worker at {{ $labels.instance }} leaves a {{ $labels.gpu }} unused',
      description:
        'The driver {{ $labels.driver }} shows a GPU, TensorFlow does not use it, and trials train on the CPU, many times slower. Its log has the reason.',
    }),
    alert({
      alert: 'HonyakuApiMissing',
      severity: 'critical',
      for: '10m',
      expr: 'absent(up{job="honyaku-api"})',
      summary: 'Prometheus knows no API',
      description:
        'There is no target of the job honyaku-api: nothing tells of sweeps and queues, and the other alerts are blind.',
    }),
    alert({
      alert: 'HonyakuApiErrors',
      severity: 'warning',
      for: '10m',
      expr: 'honyaku:http_request_errors:ratio_rate5m > 0.05',
      summary: '{{ $value | humanizePercentage }} of API requests fail',
      description: 'Requests end with a status of 500 or more, probes left out.',
    }),
  ],
};

/** About what holds the state: the bucket, Redis, the disks of caches. */
export const storeAlerts: RuleGroup = {
  name: 'honyaku-stores',
  rules: [
    alert({
      alert: 'HonyakuBucketUnreachable',
      severity: 'critical',
      for: '2m',
      expr: 'min(honyaku_object_store_up) == 0',
      summary: 'The bucket does not answer the API',
      description:
        'No decision can be logged and no epoch committed. Jobs are put back and tried again for two hours, then their trials are lost.',
    }),
    alert({
      alert: 'HonyakuBucketErrors',
      severity: 'warning',
      for: '10m',
      expr: 'honyaku:object_store_request_errors:ratio_rate5m > 0.05',
      summary: 'Requests of {{ $labels.job }} to the bucket fail',
      description:
        '{{ $value | humanizePercentage }} of the requests of {{ $labels.job }} to the bucket fail after their retries, or read wrong bytes.',
    }),
    alert({
      alert: 'HonyakuRedisDown',
      severity: 'critical',
      for: '1m',
      expr: 'min(honyaku_redis_up) == 0',
      summary: 'Redis does not answer the API',
      description: 'No job is handed out and no epoch decided on. What is committed is safe in the bucket.',
    }),
    alert({
      alert: 'HonyakuRedisPersistenceFailing',
      severity: 'critical',
      for: '5m',
      expr: 'min(honyaku_redis_persistence_ok) == 0 and on () min(honyaku_redis_up) == 1',
      summary: 'Redis does not persist its jobs',
      description:
        'Redis has no append-only file or could not write it: a restart now would lose its jobs, which the API would have to bring back from the bucket.',
    }),
    alert({
      alert: 'HonyakuRedisMemoryFilling',
      severity: 'warning',
      for: '5m',
      expr: 'max(honyaku_redis_memory_bytes / (honyaku_redis_memory_limit_bytes > 0)) > 0.8',
      summary: 'The memory of Redis is {{ $value | humanizePercentage }} full',
      description: 'At its limit Redis refuses writes, and all sweeps stand still until there is room again.',
    }),
    alert({
      alert: 'HonyakuDiskFilling',
      severity: 'warning',
      for: '5m',
      expr: 'min by (instance) (honyaku_worker_cache_free_bytes / honyaku_worker_cache_disk_bytes) < 0.1',
      summary: 'The cache disk of {{ $labels.instance }} is nearly full',
      description:
        '{{ $value | humanizePercentage }} of the disk is free. Without room the worker cannot fetch datasets or write checkpoints, and its jobs fail.',
    }),
  ],
};

/** About sweeps, trials and the queues that carry them. */
export const workAlerts: RuleGroup = {
  name: 'honyaku-work',
  rules: [
    alert({
      alert: 'HonyakuQueueStuck',
      severity: 'critical',
      for: '5m',
      // Jobs of workers may wait for long while all workers are busy; those of the API are over in seconds.
      expr: '(max by (queue) (honyaku_queue_oldest_waiting_seconds{queue=~"preprocess|trials"}) > 600 and on (queue) max by (queue) (max_over_time(honyaku_queue_jobs{state="active"}[10m])) == 0 and on () honyaku:workers_up:sum > 0) or max by (queue) (honyaku_queue_oldest_waiting_seconds{queue=~"control|webhooks"}) > 300',
      summary: 'Nobody takes the jobs of the queue {{ $labels.queue }}',
      description:
        'The next job of the queue {{ $labels.queue }} has waited for {{ $value | humanizeDuration }}, and nothing of the queue is under way.',
    }),
    alert({
      alert: 'HonyakuNoWorker',
      severity: 'critical',
      for: '15m',
      expr: 'sum(max by (role) (honyaku_demand_workers)) > 0 and on () honyaku:workers_up:sum == 0',
      summary: 'There is work and no worker',
      description:
        '{{ $value }} workers would have work at once, and Prometheus has reached none for 15 minutes.',
    }),
    alert({
      alert: 'HonyakuSweepUnreadable',
      severity: 'warning',
      for: '2m',
      expr: 'max(honyaku_unreadable_sweeps) > 0',
      summary: '{{ $value }} sweeps cannot be read',
      description:
        'An object of {{ $value }} sweeps is missing or damaged, and the API leaves them out. All others go on. /readyz and the log name each sweep and the object.',
    }),
    alert({
      alert: 'HonyakuMessagesIgnored',
      severity: 'warning',
      for: '0m',
      expr: 'sum by (channel) (increase(honyaku_ignored_messages_total[15m])) > 0',
      summary: 'Messages of {{ $labels.channel }} could not be read',
      description:
        'Processes of honyaku have ignored messages of {{ $labels.channel }} that they could not read: processes of versions that do not go together, or somebody else writes to this Redis.',
    }),
    alert({
      alert: 'HonyakuLossNotFinite',
      severity: 'warning',
      for: '0m',
      expr: 'max by (sweep) (honyaku_sweep_diverged_trials) > 0',
      summary: 'Trials of {{ $labels.sweep }} have diverged',
      description:
        'The last loss of {{ $value }} trials of the sweep {{ $labels.sweep }} is not a finite number. They have failed and rank worst; the sweep goes on.',
    }),
    alert({
      alert: 'HonyakuJobLost',
      severity: 'warning',
      for: '0m',
      expr: 'max by (sweep) (honyaku_sweep_trials{state="lost"}) > 0',
      summary: 'Trials of {{ $labels.sweep }} are lost',
      description:
        '{{ $value }} trials of the sweep {{ $labels.sweep }} were given up because what they need did not answer for hours. Their committed epochs are kept.',
    }),
  ],
};
