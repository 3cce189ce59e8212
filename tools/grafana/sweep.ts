/** One sweep: how good its trials are, what was decided on them, and how long it still takes. */
import { BigValueTextMode, LineInterpolation } from '@grafana/grafana-foundation-sdk/common';
import { type Dashboard, RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { type PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { apiPage, emptyDashboard, sweepVariable } from './frame.ts';
import { number, now, coloured, bars, lines, over, stacked } from './panels.ts';
import {
  bleu,
  bitsPerCharacter,
  heldOutByEpoch,
  heldOutByTime,
  trainByEpoch,
  trainByTime,
  trialTable,
} from './trials.ts';

const alarmed = coloured({ value: 1, color: 'red' });

export function sweepDashboard(): Dashboard {
  return emptyDashboard({
    uid: 'honyaku-sweep',
    title: 'honyaku sweep',
    description:
      'Perplexity of every trial of one sweep, decisions on them and the time left. Series of a trial end 15 minutes after it; the records hold the truth.',
    from: 'now-6h',
  })
    .withVariable(sweepVariable())
    .link(apiPage('This sweep', '/v1/sweeps/${sweep}', 'The sweep as the API shows it'))
    .link(apiPage('Its log', '/v1/sweeps/${sweep}/log', 'What was decided, and why'))
    .withPanel(
      number({
        title: 'State',
        description: 'State of the sweep; none once its series have ended.',
        unit: 'none',
      })
        .textMode(BigValueTextMode.Name)
        .withTarget(now('max by (state) (honyaku_sweep_info{sweep="$sweep"})', '{{state}}')),
    )
    .withPanel(
      number({
        title: 'Best perplexity',
        description: 'Lowest held-out token perplexity of all trials and epochs so far.',
        unit: 'none',
      })
        .decimals(3)
        .withTarget(now('min(honyaku_sweep_best_held_out_perplexity{sweep="$sweep"})')),
    )
    .withPanel(
      number({ title: 'Epochs committed', description: 'Of all trials together.', unit: 'none' }).withTarget(
        now('max(honyaku_sweep_epochs{sweep="$sweep"})'),
      ),
    )
    .withPanel(
      number({
        title: 'Epochs left',
        description: 'At most; what the pruner ends early makes them fewer.',
        unit: 'none',
      }).withTarget(now('min(honyaku_sweep_epochs_left{sweep="$sweep"})')),
    )
    .withPanel(
      number({
        title: 'Time left',
        description: 'At most, by the mean time of an epoch and as many trials at once as the sweep may run.',
        unit: 's',
      }).withTarget(now('min(honyaku_sweep_left_seconds{sweep="$sweep"})')),
    )
    .withPanel(
      number({
        title: 'Worker time',
        description: 'Training and evaluation of all trials together.',
        unit: 's',
      }).withTarget(now('max(honyaku_sweep_worker_seconds{sweep="$sweep"})')),
    )
    .withPanel(
      number({
        title: 'Diverged trials',
        description: 'Trials whose last loss is not a finite number.',
        unit: 'none',
      })
        .thresholds(alarmed)
        .withTarget(now('max(honyaku_sweep_diverged_trials{sweep="$sweep"})')),
    )
    .withPanel(
      number({
        title: 'Lost trials',
        description: 'Trials that ended because what they need did not answer for hours.',
        unit: 'none',
      })
        .thresholds(alarmed)
        .withTarget(now('max(honyaku_sweep_trials{sweep="$sweep", state="lost"})')),
    )
    .withRow(new RowBuilder('Perplexity'))
    .withPanel(heldOutByTime())
    .withPanel(trainByTime())
    .withPanel(heldOutByEpoch())
    .withPanel(trainByEpoch())
    .withRow(new RowBuilder('Translations and progress'))
    .withPanel(bleu())
    .withPanel(bitsPerCharacter())
    .withPanel(trialsByState())
    .withPanel(epochs())
    .withPanel(timeLeft())
    .withPanel(decisions())
    .withRow(new RowBuilder('Trials'))
    .withPanel(trialTable())
    .build();
}

function trialsByState(): TimeSeriesPanel {
  return stacked({
    title: 'Trials by state',
    description: 'States that no trial is in are left out.',
    unit: 'none',
  })
    .decimals(0)
    .lineInterpolation(LineInterpolation.StepAfter)
    .withTarget(over('max by (state) (honyaku_sweep_trials{sweep="$sweep"}) > 0', '{{state}}'));
}

function epochs(): TimeSeriesPanel {
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

function timeLeft(): TimeSeriesPanel {
  return lines({
    title: 'Time left',
    description:
      'At most. It falls by a second a second while the workers that the sweep may have are there.',
    unit: 's',
  })
    .min(0)
    .withTarget(over('min(honyaku_sweep_left_seconds{sweep="$sweep"})', 'time left'));
}

function decisions(): TimeSeriesPanel {
  return bars({
    title: 'Decisions',
    description:
      'What was decided on trials, of all sweeps together: asked (a trial begins), continue, stop, pause, promoted, exploit. The log of this sweep has the reasons.',
    unit: 'none',
  }).withTarget(
    over('sum by (decision) (increase(honyaku_decisions_total[$__rate_interval]))', '{{decision}}'),
  );
}
