/** Panels about the work that is done: speed, jobs and their ends, interruptions; and about what it takes of the workers. */
import { type PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { bars, lines, over, stacked } from './panels.ts';

export function tokensByWorker(): TimeSeriesPanel {
  return stacked({
    title: 'Target tokens a second by worker',
    description: 'Tokens trained on, without padding; it falls to 0 between two epochs.',
    unit: 'short',
  }).withTarget(
    over('sum by (instance) (rate(honyaku_worker_target_tokens_total[$__rate_interval]))', '{{instance}}'),
  );
}

export function stepDurations(): TimeSeriesPanel {
  return lines({
    title: 'Step duration',
    description: 'Time of a training step of any worker. A tail that grows alone: one worker is slowed down.',
    unit: 's',
  })
    .min(0)
    .withTarget(
      over(
        'histogram_quantile(0.5, sum by (le) (rate(honyaku_worker_step_duration_seconds_bucket[$__rate_interval])))',
        'median',
      ),
    )
    .withTarget(
      over(
        'histogram_quantile(0.95, sum by (le) (rate(honyaku_worker_step_duration_seconds_bucket[$__rate_interval])))',
        '95th percentile',
      ),
    );
}

export function interruptions(): TimeSeriesPanel {
  return bars({
    title: 'Preemptions, redeliveries, stalls',
    description:
      'Jobs that a worker gave back (it was told to stop, or the sweep was cancelled or paused), jobs that came again, and jobs found without a live holder.',
    unit: 'none',
  })
    .withTarget(
      over(
        'sum(increase(honyaku_worker_job_duration_seconds_count{outcome="Cancelled"}[$__rate_interval])) or vector(0)',
        'given back or cancelled',
      ),
    )
    .withTarget(
      over('sum(increase(honyaku_worker_redeliveries_total[$__rate_interval])) or vector(0)', 'redelivered'),
    )
    .withTarget(
      over('sum(increase(honyaku_worker_stalled_jobs_total[$__rate_interval])) or vector(0)', 'stalled'),
    );
}

export function jobsByOutcome(): TimeSeriesPanel {
  return bars({
    title: 'Jobs by outcome',
    description: 'Jobs that ended in each interval: completed, or the kind of the error.',
    unit: 'none',
  }).withTarget(
    over(
      'sum by (job_name, outcome) (increase(honyaku_worker_job_duration_seconds_count[$__rate_interval]))',
      '{{job_name}} {{outcome}}',
    ),
  );
}

export function jobDurations(): TimeSeriesPanel {
  return lines({
    title: 'Job duration',
    description: 'Median and 95th percentile of completed jobs over 15 minutes.',
    unit: 's',
  })
    .min(0)
    .withTarget(
      over(
        'histogram_quantile(0.5, sum by (le, job_name) (rate(honyaku_worker_job_duration_seconds_bucket{outcome="completed"}[15m])))',
        '{{job_name}} median',
      ),
    )
    .withTarget(
      over(
        'histogram_quantile(0.95, sum by (le, job_name) (rate(honyaku_worker_job_duration_seconds_bucket{outcome="completed"}[15m])))',
        '{{job_name}} 95th percentile',
      ),
    );
}

export function unsavedWork(): TimeSeriesPanel {
  return lines({
    title: 'Work at stake',
    description:
      'Training that would have to be done again if the worker were killed now. It falls to 0 with each checkpoint; workers with the least of it are the first to be scaled away.',
    unit: 's',
  })
    .min(0)
    .withTarget(over('max by (instance) (honyaku_worker_unsaved_seconds)', '{{instance}}'));
}

export function cacheRequests(): TimeSeriesPanel {
  return bars({
    title: 'Cache',
    description:
      'Files asked of the local caches. Misses in a steady fleet: HONYAKU_CACHE_BYTES is too small.',
    unit: 'none',
  }).withTarget(
    over('sum by (result) (increase(honyaku_worker_cache_requests_total[$__rate_interval]))', '{{result}}'),
  );
}

export function cacheDisk(): TimeSeriesPanel {
  return lines({
    title: 'Free space of cache disks',
    description: 'Share of the disk that holds the cache. Below a tenth there is an alert.',
    unit: 'percentunit',
  })
    .min(0)
    .max(1)
    .withTarget(
      over(
        'min by (instance) (honyaku_worker_cache_free_bytes / honyaku_worker_cache_disk_bytes)',
        '{{instance}}',
      ),
    );
}

export function bytesMoved(): TimeSeriesPanel {
  return stacked({
    title: 'Bytes to and from the bucket',
    description: 'Bytes of objects that workers sent and received.',
    unit: 'Bps',
  }).withTarget(
    over(
      'sum by (direction) (rate(honyaku_object_store_bytes_total{job="honyaku-worker"}[$__rate_interval]))',
      '{{direction}}',
    ),
  );
}

export function checkpointBytes(): TimeSeriesPanel {
  return lines({
    title: 'Checkpoint size',
    description: 'Mean of stored checkpoints over 15 minutes, weights and optimiser state together.',
    unit: 'bytes',
  })
    .min(0)
    .withTarget(
      over(
        'sum by (kind) (rate(honyaku_worker_checkpoint_bytes_sum[15m])) / sum by (kind) (rate(honyaku_worker_checkpoint_bytes_count[15m]))',
        '{{kind}}',
      ),
    );
}

export function memory(): TimeSeriesPanel {
  return lines({
    title: 'Memory',
    description:
      'The largest of all workers: resident memory of the tensor process and of the worker itself, and what TensorFlow holds in tensors beside the parameters.',
    unit: 'bytes',
  })
    .min(0)
    .withTarget(over('max(honyaku_worker_tensor_process_resident_bytes)', 'tensor process'))
    .withTarget(over('max(honyaku_worker_tensor_bytes)', 'tensors'))
    .withTarget(over('max(process_resident_memory_bytes{job="honyaku-worker"})', 'worker process'));
}

export function eventLoop(): TimeSeriesPanel {
  return lines({
    title: 'Event-loop lag of workers',
    description: '99th percentile. Locks of jobs last 8 s: lag of seconds loses them.',
    unit: 's',
  })
    .min(0)
    .withTarget(
      over('max by (instance) (nodejs_eventloop_lag_p99_seconds{job="honyaku-worker"})', '{{instance}}'),
    );
}
