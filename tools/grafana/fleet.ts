/** The workers: how many there are and are wanted, what each trains and how fast, what was interrupted. */
import { type Dashboard, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { LineInterpolation } from '@grafana/grafana-foundation-sdk/common';
import { type PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { type PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { emptyDashboard } from './frame.ts';
import { coloured, number, now, columns, lines, over, table } from './panels.ts';
import {
  bytesMoved,
  cacheDisk,
  cacheRequests,
  checkpointBytes,
  eventLoop,
  memory,
  interruptions,
  jobDurations,
  jobsByOutcome,
  stepDurations,
  tokensByWorker,
  unsavedWork,
} from './workers.ts';

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

function demandAndWorkers(): TimeSeriesPanel {
  return lines({
    title: 'Demand and workers',
    description:
      'Workers that would have work at once, by role, and the workers that are up. Demand above them for long: there is no more capacity.',
    unit: 'none',
  })
    .span(12)
    .min(0)
    .decimals(0)
    .lineWidth(2)
    .lineInterpolation(LineInterpolation.StepAfter)
    .withTarget(over('max by (role) (honyaku_demand_workers)', 'wanted for {{role}}'))
    .withTarget(over('honyaku:workers_up:sum', 'up'));
}

function assignments(): TablePanel {
  return table(
    {
      title: 'What each worker trains',
      description: 'A worker without a trial is idle, evaluates, or builds a dataset.',
      unit: 'none',
    },
    {
      instance: 'Worker',
      sweep: 'Sweep',
      trial: 'Trial',
      'Value #B': 'Target tokens a second',
      'Value #A': '',
    },
  )
    .span(12)
    .height(8)
    .withTarget(columns('max by (instance, sweep, trial) (honyaku_worker_training)'))
    .withTarget(columns('max by (instance) (honyaku_worker_target_tokens_per_second)'))
    .overrideByName('Target tokens a second', [{ id: 'decimals', value: 0 }])
    .overrideByName('Sweep', [sweepLink]);
}

function sweeps(): TablePanel {
  return table(
    {
      title: 'Sweeps',
      description:
        'Sweeps that go on or ended within 15 minutes; the id leads to the dashboard of the sweep.',
      unit: 'none',
    },
    {
      sweep: 'Sweep',
      name: 'Name',
      state: 'State',
      'Value #B': 'Best perplexity',
      'Value #C': 'Epochs committed',
      'Value #D': 'Epochs left',
      'Value #E': 'Time left',
      'Value #A': '',
    },
  )
    .height(7)
    .withTarget(columns('max by (sweep, name, state) (honyaku_sweep_info)'))
    .withTarget(columns('min by (sweep) (honyaku_sweep_best_held_out_perplexity)'))
    .withTarget(columns('max by (sweep) (honyaku_sweep_epochs)'))
    .withTarget(columns('min by (sweep) (honyaku_sweep_epochs_left)'))
    .withTarget(columns('min by (sweep) (honyaku_sweep_left_seconds)'))
    .overrideByName('Best perplexity', [{ id: 'decimals', value: 3 }])
    .overrideByName('Time left', [{ id: 'unit', value: 's' }])
    .overrideByName('Sweep', [sweepLink]);
}

const sweepLink = {
  id: 'links',
  value: [
    {
      title: 'Dashboard of the sweep',
      url: '/d/honyaku-sweep?var-datasource=${datasource}&var-sweep=${__value.text}&${__url_time_range}',
    },
  ],
};
