/** The platform under the sweeps: queues, Redis, the bucket, the API. */
import { type Dashboard, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { type PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { apiRequests, apiLatency, apiFailures, builds, cpu, eventLoop, eventStreams } from './api-process.ts';
import { emptyDashboard } from './frame.ts';
import { coloured, number, now, upOrDown, lines, over, stacked, bars } from './panels.ts';

export function platformDashboard(): Dashboard {
  return emptyDashboard({
    uid: 'honyaku-platform',
    title: 'honyaku platform',
    description: 'Queues, Redis, the bucket and the API.',
    from: 'now-3h',
  })
    .withPanel(
      number({ title: 'APIs up', description: 'Processes of the API that Prometheus reaches.', unit: 'none' })
        .thresholds(coloured({ value: 0, color: 'red' }, { value: 1, color: 'green' }))
        .withTarget(now('sum(up{job="honyaku-api"})')),
    )
    .withPanel(
      upOrDown({ title: 'Redis', description: 'Whether Redis answers every API.' }).withTarget(
        now('min(honyaku_redis_up)'),
      ),
    )
    .withPanel(
      upOrDown({
        title: 'Redis persists',
        description: 'Whether Redis has an append-only file and could write it.',
      }).withTarget(now('min(honyaku_redis_persistence_ok)')),
    )
    .withPanel(
      upOrDown({ title: 'Bucket', description: 'Whether the bucket answers every API.' }).withTarget(
        now('min(honyaku_object_store_up)'),
      ),
    )
    .withPanel(
      number({
        title: 'Oldest decision',
        description:
          'Time that the next control job has waited: epochs that ended and are not decided on yet.',
        unit: 's',
      })
        .thresholds(coloured({ value: 60, color: 'orange' }, { value: 300, color: 'red' }))
        .withTarget(now('max(honyaku_queue_oldest_waiting_seconds{queue="control"})')),
    )
    .withPanel(
      number({
        title: 'API errors',
        description: 'Share of answers with a status of 500 or more over five minutes, without probes.',
        unit: 'percentunit',
      })
        .decimals(1)
        .thresholds(coloured({ value: 0.01, color: 'orange' }, { value: 0.05, color: 'red' }))
        .withTarget(now('honyaku:http_request_errors:ratio_rate5m')),
    )
    .withPanel(
      number({
        title: 'Bucket errors',
        description: 'Highest share of API and workers over five minutes; their retries had not helped.',
        unit: 'percentunit',
      })
        .decimals(1)
        .thresholds(coloured({ value: 0.01, color: 'orange' }, { value: 0.05, color: 'red' }))
        .withTarget(now('max(honyaku:object_store_request_errors:ratio_rate5m)')),
    )
    .withPanel(
      number({
        title: 'Trials left out',
        description: 'Trials of current sweeps that the limit of 500 leaves out of Prometheus.',
        unit: 'none',
      }).withTarget(now('max(honyaku_trials_left_out)')),
    )
    .withRow(new RowBuilder('Queues and decisions'))
    .withPanel(jobsByQueue())
    .withPanel(oldestWaiting())
    .withPanel(decisionDurations())
    .withRow(new RowBuilder('Redis and bucket'))
    .withPanel(redisMemory())
    .withPanel(redisCommands())
    .withPanel(bucketRequests())
    .withPanel(bucketLatency())
    .withPanel(bucketFailures())
    .withRow(new RowBuilder('API'))
    .withPanel(apiRequests())
    .withPanel(apiLatency())
    .withPanel(apiFailures())
    .withPanel(eventStreams())
    .withPanel(eventLoop())
    .withPanel(cpu())
    .withPanel(builds())
    .build();
}

function jobsByQueue(): TimeSeriesPanel {
  return stacked({
    title: 'Jobs by queue and state',
    description:
      'An epoch is a train-epoch and an evaluate job of trials and an advance job of control, which waits for both. A score of the whole held-out set is a score job of trials and a conclude job of control. States without jobs are left out.',
    unit: 'none',
  })
    .decimals(0)
    .withTarget(over('max by (queue, state) (honyaku_queue_jobs) > 0', '{{queue}} {{state}}'));
}

function oldestWaiting(): TimeSeriesPanel {
  return lines({
    title: 'Waiting time of the next job',
    description:
      'Time since the job that is next in line was added. For trials it grows while all workers are busy; for control it should stay near 0.',
    unit: 's',
  })
    .min(0)
    .withTarget(over('max by (queue) (honyaku_queue_oldest_waiting_seconds)', '{{queue}}'));
}

function decisionDurations(): TimeSeriesPanel {
  return lines({
    title: 'Decision duration',
    description: 'Time to decide on an event, log it in the bucket, show it and add jobs.',
    unit: 's',
  })
    .min(0)
    .withTarget(
      over(
        'histogram_quantile(0.5, sum by (le) (rate(honyaku_decision_duration_seconds_bucket[5m])))',
        'median',
      ),
    )
    .withTarget(
      over(
        'histogram_quantile(0.99, sum by (le) (rate(honyaku_decision_duration_seconds_bucket[5m])))',
        '99th percentile',
      ),
    );
}

function redisMemory(): TimeSeriesPanel {
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

function redisCommands(): TimeSeriesPanel {
  return lines({
    title: 'Commands of Redis',
    description: 'Commands a second. One Redis does some 100,000 of the simple ones.',
    unit: 'ops',
  })
    .span(12)
    .min(0)
    .withTarget(over('max(rate(honyaku_redis_commands_total[$__rate_interval]))', 'commands'));
}

function bucketRequests(): TimeSeriesPanel {
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

function bucketLatency(): TimeSeriesPanel {
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

function bucketFailures(): TimeSeriesPanel {
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
