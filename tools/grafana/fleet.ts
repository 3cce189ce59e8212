/** The workers: how many there are and are wanted, what each trains and how fast, what was interrupted. */
import { type Dashboard, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { emptyDashboard } from './frame.ts';
import { coloured, number, now } from './panels.ts';
import {
  bytesMoved,
  cacheDisk,
  cacheRequests,
  checkpointBytes,
  eventLoop,
  memory,
} from './worker-resources.ts';
import {
  interruptions,
  jobDurations,
  jobsByOutcome,
  stepDurations,
  tokensByWorker,
  unsavedWork,
} from './work.ts';
import { assignments, demandAndWorkers, sweeps } from './assignments.ts';

export function fleetDashboard(): Dashboard {
  return emptyDashboard({
    uid: 'honyaku-fleet',
    title: 'honyaku fleet',
    description: 'Workers, what each of them trains, how fast, and what was interrupted.',
    from: 'now-3h',
  })
    .withPanel(
      number({ title: 'Workers up', description: 'Workers that Prometheus reaches.', unit: 'none' })
        .span(4)
        .withTarget(now('honyaku:workers_up:sum')),
    )
    .withPanel(
      number({
        title: 'Workers wanted',
        description: 'Workers of both roles that would have work at once; autoscalers go by this.',
        unit: 'none',
      })
        .span(4)
        .withTarget(now('sum(max by (role) (honyaku_demand_workers))')),
    )
    .withPanel(
      number({ title: 'Training', description: 'Workers with an epoch under way.', unit: 'none' })
        .span(4)
        .withTarget(now('count(honyaku_worker_training) or vector(0)')),
    )
    .withPanel(
      number({
        title: 'Target tokens a second',
        description: 'Of all workers, without padding, over five minutes.',
        unit: 'short',
      })
        .span(4)
        .withTarget(now('honyaku:worker_target_tokens:rate5m')),
    )
    .withPanel(
      number({ title: 'Steps a second', description: 'Training steps of all workers.', unit: 'short' })
        .span(4)
        .withTarget(now('sum(rate(honyaku_worker_steps_total[$__rate_interval])) or vector(0)')),
    )
    .withPanel(
      number({
        title: 'Jobs that failed',
        description: 'Within the time range; jobs that were given back or cancelled do not count.',
        unit: 'none',
      })
        .span(4)
        .decimals(0)
        .thresholds(coloured({ value: 1, color: 'orange' }))
        .withTarget(
          now(
            'sum(increase(honyaku_worker_job_duration_seconds_count{outcome!~"completed|Cancelled"}[$__range])) or vector(0)',
          ),
        ),
    )
    .withRow(new RowBuilder('Who does what'))
    .withPanel(demandAndWorkers())
    .withPanel(assignments())
    .withPanel(sweeps())
    .withRow(new RowBuilder('Work'))
    .withPanel(tokensByWorker())
    .withPanel(stepDurations())
    .withPanel(interruptions())
    .withPanel(jobsByOutcome())
    .withPanel(jobDurations())
    .withPanel(unsavedWork())
    .withRow(new RowBuilder('Data and memory'))
    .withPanel(cacheRequests())
    .withPanel(cacheDisk())
    .withPanel(bytesMoved())
    .withPanel(checkpointBytes())
    .withPanel(memory())
    .withPanel(eventLoop())
    .build();
}
