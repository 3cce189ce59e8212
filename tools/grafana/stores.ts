/** Panels about Redis and the bucket. */
import { type PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { bars, lines, over, stacked } from './panels.ts';

export function redisMemory(): TimeSeriesPanel {
  return lines({
    title: 'Memory of Redis',
    description:
      'Used memory and its limit (0 is none). Redis refuses writes at the limit; sweeps then stand still.',
    unit: 'bytes',
  })
    .span(12)
    .min(0)
    .withTarget(over('max(honyaku_redis_memory_bytes)', 'used'))
    .withTarget(over('max(honyaku_redis_memory_limit_bytes)', 'limit'));
}

export function redisCommands(): TimeSeriesPanel {
  return lines({
    title: 'Commands of Redis',
    description: 'Commands a second. One Redis does some 100,000 of the simple ones.',
    unit: 'ops',
  })
    .span(12)
    .min(0)
    .withTarget(over('max(rate(honyaku_redis_commands_total[$__rate_interval]))', 'commands'));
}

export function bucketRequests(): TimeSeriesPanel {
  return stacked({
    title: 'Bucket requests',
    description: 'Requests a second of API and workers by what was asked.',
    unit: 'reqps',
  }).withTarget(
    over(
      'sum by (operation) (rate(honyaku_object_store_request_duration_seconds_count[$__rate_interval]))',
      '{{operation}}',
    ),
  );
}

export function bucketLatency(): TimeSeriesPanel {
  return lines({
    title: 'Bucket latency',
    description: '95th percentile by what was asked, over five minutes, retries and transfer included.',
    unit: 's',
  })
    .min(0)
    .withTarget(
      over(
        'histogram_quantile(0.95, sum by (le, operation) (rate(honyaku_object_store_request_duration_seconds_bucket[5m])))',
        '{{operation}}',
      ),
    );
}

export function bucketFailures(): TimeSeriesPanel {
  return bars({
    title: 'Bucket requests that failed',
    description:
      'By kind of error. NotFound and Conflict are answers, not faults; Unavailable is a fault, and Corrupt means that stored bytes are wrong.',
    unit: 'none',
  }).withTarget(
    over(
      'sum by (outcome) (increase(honyaku_object_store_request_duration_seconds_count{outcome!~"ok|NotFound"}[$__rate_interval])) or on () label_replace(vector(0), "outcome", "none", "", "")',
      '{{outcome}}',
    ),
  );
}
