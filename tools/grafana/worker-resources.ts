/** Panels about what workers use: cache, disk, network, memory. */
import { type PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { bars, lines, over, stacked } from './panels.ts';

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
