/** Panels about queues and the decisions that come out of them. */
import { type PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { lines, over, stacked } from './panels.ts';

export function jobsByQueue(): TimeSeriesPanel {
  return stacked({
    title: 'Jobs by queue and state',
    description:
      'An epoch is a train-epoch and an evaluate job of trials and an advance job of control, which waits for both. States without jobs are left out.',
    unit: 'none',
  })
    .decimals(0)
    .withTarget(over('max by (queue, state) (honyaku_queue_jobs) > 0', '{{queue}} {{state}}'));
}

export function oldestWaiting(): TimeSeriesPanel {
  return lines({
    title: 'Waiting time of the next job',
    description:
      'Time since the job that is next in line was added. For trials it grows while all workers are busy; for control it should stay near 0.',
    unit: 's',
  })
    .min(0)
    .withTarget(over('max by (queue) (honyaku_queue_oldest_waiting_seconds)', '{{queue}}'));
}

export function decisionDurations(): TimeSeriesPanel {
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
