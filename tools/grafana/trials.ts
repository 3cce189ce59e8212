/** Panels about the trials of one sweep, from their last committed epochs. */
import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import { type PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { type PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { type PanelBuilder as TrendPanel } from '@grafana/grafana-foundation-sdk/trend';
import {
  againstEpoch,
  columns,
  lastValuesBeside,
  lines,
  logarithmic,
  over,
  shortTrialNames,
  table,
} from './panels.ts';

export function heldOutByTime(): TimeSeriesPanel {
  return perplexityByTime('Held-out perplexity over time', 'Held-out token perplexity')
    .withTarget(over('max by (trial) (honyaku_trial_held_out_perplexity{sweep="$sweep"})', '{{trial}}'))
    .withTarget(over('min(honyaku_sweep_best_held_out_perplexity{sweep="$sweep"})', 'best so far'))
    .overrideByName('best so far', [
      { id: 'custom.lineWidth', value: 3 },
      { id: 'color', value: { mode: 'fixed', fixedColor: 'text' } },
    ]);
}

export function trainByTime(): TimeSeriesPanel {
  return perplexityByTime('Train perplexity over time', 'Train token perplexity').withTarget(
    over('max by (trial) (honyaku_trial_train_perplexity{sweep="$sweep"})', '{{trial}}'),
  );
}

export function heldOutByEpoch(): TrendPanel {
  return perplexityByEpoch('Held-out perplexity by epoch', 'Held-out token perplexity').withTarget(
    columns(
      'last_over_time((max by (trial) (honyaku_trial_held_out_perplexity{sweep="$sweep"}) * on (trial) group_right count_values by (trial) ("epoch", max by (trial) (honyaku_trial_epochs{sweep="$sweep"})))[$__range:$__interval])',
    ),
  );
}

export function trainByEpoch(): TrendPanel {
  return perplexityByEpoch('Train perplexity by epoch', 'Train token perplexity').withTarget(
    columns(
      'last_over_time((max by (trial) (honyaku_trial_train_perplexity{sweep="$sweep"}) * on (trial) group_right count_values by (trial) ("epoch", max by (trial) (honyaku_trial_epochs{sweep="$sweep"})))[$__range:$__interval])',
    ),
  );
}

export function bleu(): TimeSeriesPanel {
  return lines({
    title: 'BLEU',
    description:
      'BLEU (0 to 100) of greedy held-out translations after the last committed epoch: of a sample in sweeps with evaluation.sentences.',
    unit: 'none',
  })
    .decimals(1)
    .min(0)
    .transformations([shortTrialNames])
    .withTarget(over('max by (trial) (honyaku_trial_held_out_bleu{sweep="$sweep"})', '{{trial}}'));
}

export function bitsPerCharacter(): TimeSeriesPanel {
  return lines({
    title: 'Bits per character',
    description: 'Held-out loss in bits per reference character: comparable between vocabularies.',
    unit: 'none',
  })
    .decimals(3)
    .transformations([shortTrialNames])
    .withTarget(
      over('max by (trial) (honyaku_trial_held_out_bits_per_character{sweep="$sweep"})', '{{trial}}'),
    );
}

export function trialTable(): TablePanel {
  return table(
    {
      title: 'Trials',
      description:
        'The last committed epoch of each trial that runs or ended within 15 minutes, at most 500 of them; the name leads to the trial at the API.',
      unit: 'none',
    },
    {
      trial: 'Trial',
      'Value #A': 'Epochs',
      'Value #B': 'Held-out perplexity',
      'Value #C': 'Train perplexity',
      'Value #D': 'Bits per character',
      'Value #E': 'BLEU',
      'Value #F': 'Padded',
      'Value #G': 'Repeats itself',
    },
  )
    .withTarget(columns('max by (trial) (honyaku_trial_epochs{sweep="$sweep"})'))
    .withTarget(columns('max by (trial) (honyaku_trial_held_out_perplexity{sweep="$sweep"})'))
    .withTarget(columns('max by (trial) (honyaku_trial_train_perplexity{sweep="$sweep"})'))
    .withTarget(columns('max by (trial) (honyaku_trial_held_out_bits_per_character{sweep="$sweep"})'))
    .withTarget(columns('max by (trial) (honyaku_trial_held_out_bleu{sweep="$sweep"})'))
    .withTarget(columns('max by (trial) (honyaku_trial_train_padded_ratio{sweep="$sweep"})'))
    .withTarget(columns('max by (trial) (honyaku_trial_held_out_collapsed{sweep="$sweep"})'))
    .sortBy([new TableSortByFieldStateBuilder().displayName('Held-out perplexity').desc(false)])
    .overrideByRegexp('.*perplexity|Bits.*', [{ id: 'decimals', value: 3 }])
    .overrideByName('BLEU', [{ id: 'decimals', value: 1 }])
    .overrideByName('Padded', [
      { id: 'unit', value: 'percentunit' },
      { id: 'decimals', value: 1 },
    ])
    .overrideByName('Repeats itself', [
      {
        id: 'mappings',
        value: [{ type: 'value', options: { '0': { text: 'no' }, '1': { text: 'yes', color: 'red' } } }],
      },
    ])
    .overrideByName('Trial', [
      {
        id: 'links',
        value: [
          { title: 'The trial at the API', url: '${api}/v1/trials/${__value.text}', targetBlank: true },
        ],
      },
    ]);
}

function perplexityByTime(title: string, what: string): TimeSeriesPanel {
  return lines({ title, description: `${what} of the last committed epoch of every trial.`, unit: 'none' })
    .span(12)
    .height(10)
    .decimals(2)
    .scaleDistribution(logarithmic())
    .legend(lastValuesBeside())
    .transformations([shortTrialNames]);
}

function perplexityByEpoch(title: string, what: string): TrendPanel {
  const description = `${what} of every trial against its committed epochs, as far as they were scraped within the time range; an epoch that lasts less than a scrape may be missing.`;
  return againstEpoch({ title, description, unit: 'none' }).decimals(2).scaleDistribution(logarithmic());
}
