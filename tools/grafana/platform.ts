/** What sweeps stand on: queues, Redis, the bucket, the API. */
import { type Dashboard, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { apiRequests, apiLatency, apiFailures, builds, cpu, eventLoop, eventStreams } from './api-process.ts';
import { bucketFailures, bucketLatency, bucketRequests, redisCommands, redisMemory } from './stores.ts';
import { emptyDashboard } from './frame.ts';
import { coloured, number, now, upOrDown } from './panels.ts';
import { decisionDurations, jobsByQueue, oldestWaiting } from './queues.ts';

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
