/** Panels about demand, workers and the sweeps that they work for. */
import { LineInterpolation } from '@grafana/grafana-foundation-sdk/common';
import { type PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { type PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { columns, lines, over, table } from './panels.ts';

export function demandAndWorkers(): TimeSeriesPanel {
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

export function assignments(): TablePanel {
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

export function sweeps(): TablePanel {
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
