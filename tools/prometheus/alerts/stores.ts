/** Alerts about what holds the state: the bucket, Redis, the disks of caches. */
import { alert, type RuleGroup } from '../rule.ts';

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
