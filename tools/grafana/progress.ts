/** Panels about how far one sweep has come. */
import { LineInterpolation } from '@grafana/grafana-foundation-sdk/common';
import { type PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { bars, lines, over, stacked } from './panels.ts';

export function trialsByState(): TimeSeriesPanel {
  return stacked({
    title: 'Trials by state',
    description: 'States that no trial is in are left out.',
    unit: 'none',
  })
    .decimals(0)
    .lineInterpolation(LineInterpolation.StepAfter)
    .withTarget(over('max by (state) (honyaku_sweep_trials{sweep="$sweep"}) > 0', '{{state}}'));
}

export function epochs(): TimeSeriesPanel {
  return stacked({
    title: 'Epochs',
    description: 'Committed by all trials together, and still to be trained at most.',
    unit: 'none',
  })
    .decimals(0)
    .lineInterpolation(LineInterpolation.StepAfter)
    .withTarget(over('max(honyaku_sweep_epochs{sweep="$sweep"})', 'committed'))
    .withTarget(over('min(honyaku_sweep_epochs_left{sweep="$sweep"})', 'left'));
}

export function timeLeft(): TimeSeriesPanel {
  return lines({
    title: 'Time left',
    description:
      'At most. It falls by a second a second while the workers that the sweep may have are there.',
    unit: 's',
  })
    .min(0)
    .withTarget(over('min(honyaku_sweep_left_seconds{sweep="$sweep"})', 'time left'));
}

export function decisions(): TimeSeriesPanel {
  return bars({
    title: 'Decisions',
    description:
      'What was decided on trials, of all sweeps together: asked (a trial begins), continue, stop, pause, promoted, exploit. The log of this sweep has the reasons.',
    unit: 'none',
  }).withTarget(
    over('sum by (decision) (increase(honyaku_decisions_total[$__rate_interval]))', '{{decision}}'),
  );
}
