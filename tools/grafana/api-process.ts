/** Panels about the API's requests and the processes themselves. */
import { type PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { type PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { bars, columns, lines, over, stacked, table } from './panels.ts';

export function apiRequests(): TimeSeriesPanel {
  return stacked({
    title: 'API requests',
    description: 'Requests a second by status, probes and scrapes included.',
    unit: 'reqps',
  }).withTarget(
    over(
      'sum by (status) (rate(honyaku_http_request_duration_seconds_count[$__rate_interval]))',
      '{{status}}',
    ),
  );
}

export function apiLatency(): TimeSeriesPanel {
  return lines({
    title: 'API latency',
    description: 'Duration of requests, without event streams, which last as long as somebody watches.',
    unit: 's',
  })
    .min(0)
    .withTarget(
      over(
        'histogram_quantile(0.5, sum by (le) (rate(honyaku_http_request_duration_seconds_bucket{route!="/v1/events"}[$__rate_interval])))',
        'median',
      ),
    )
    .withTarget(
      over(
        'histogram_quantile(0.99, sum by (le) (rate(honyaku_http_request_duration_seconds_bucket{route!="/v1/events"}[$__rate_interval])))',
        '99th percentile',
      ),
    );
}

export function apiFailures(): TimeSeriesPanel {
  return bars({
    title: 'Failed API requests',
    description:
      'Answers with a status of 500 or more by route; /readyz answers 503 while Redis or the bucket is away.',
    unit: 'none',
  }).withTarget(
    over(
      'sum by (method, route, status) (increase(honyaku_http_request_duration_seconds_count{status=~"5.."}[$__rate_interval])) or on () label_replace(vector(0), "route", "none", "", "")',
      '{{method}} {{route}} {{status}}',
    ),
  );
}

export function eventStreams(): TimeSeriesPanel {
  return stacked({
    title: 'Event streams',
    description: 'Live event streams that are open, by process of the API.',
    unit: 'none',
  })
    .decimals(0)
    .withTarget(over('sum by (instance) (honyaku_event_streams)', '{{instance}}'));
}

export function eventLoop(): TimeSeriesPanel {
  return lines({
    title: 'Event-loop lag',
    description: '99th percentile, by process of the API, and the highest of all workers.',
    unit: 's',
  })
    .min(0)
    .withTarget(
      over('max by (instance) (nodejs_eventloop_lag_p99_seconds{job="honyaku-api"})', '{{instance}}'),
    )
    .withTarget(over('max(nodejs_eventloop_lag_p99_seconds{job="honyaku-worker"})', 'workers'));
}

export function cpu(): TimeSeriesPanel {
  return lines({
    title: 'CPU and memory of the API',
    description: 'Cores that each process of the API uses, and its resident memory (right axis).',
    unit: 'none',
  })
    .min(0)
    .withTarget(
      over(
        'sum by (instance) (rate(process_cpu_seconds_total{job="honyaku-api"}[$__rate_interval]))',
        'cores {{instance}}',
      ),
    )
    .withTarget(
      over('max by (instance) (process_resident_memory_bytes{job="honyaku-api"})', 'memory {{instance}}'),
    )
    .overrideByRegexp('memory .*', [
      { id: 'unit', value: 'bytes' },
      { id: 'custom.axisPlacement', value: 'right' },
    ]);
}

export function builds(): TablePanel {
  return table(
    {
      title: 'What runs',
      description:
        'Processes by component, version and device. Two versions of one component: an update is under way. A GPU beside the device cpu is left unused.',
      unit: 'none',
    },
    {
      component: 'Component',
      version: 'honyaku',
      node: 'Node',
      device: 'Device',
      gpu: 'GPU',
      Value: 'Processes',
    },
  )
    .height(5)
    .withTarget(columns('count by (component, version, node, device, gpu) (honyaku_build_info)'));
}
