/** The kinds of panels that our dashboards are made of, each with one look. */
import * as common from '@grafana/grafana-foundation-sdk/common';
import {
  type DataTransformerConfig,
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  type Threshold,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import { PanelBuilder as TrendPanel } from '@grafana/grafana-foundation-sdk/trend';
import { dataSource } from './frame.ts';

export interface PanelText {
  readonly title: string;
  /** Explanation in a sentence or two, shown at the panel's corner. */
  readonly description: string;
  /** Grafana's name of a unit. */
  readonly unit: string;
}

/** An expression over the dashboard's time range. @param legend Grafana's format: `{{label}}` */
export function over(expression: string, legend: string): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder().expr(expression).legendFormat(legend).range();
}

/** An expression at the end of the time range. */
export function now(expression: string, legend = ''): prometheus.DataqueryBuilder {
  return new prometheus.DataqueryBuilder().expr(expression).legendFormat(legend).instant();
}

/** Columns of a table: labels, and a value called `Value` or, of several queries, `Value #A`. */
export function columns(expression: string): prometheus.DataqueryBuilder {
  return now(expression).format(prometheus.PromQueryFormat.Table);
}

/** Lines over time, named below the chart. */
export function lines({ title, description, unit }: PanelText): TimeSeriesPanel {
  return new TimeSeriesPanel()
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(dataSource)
    .span(8)
    .height(8)
    .lineWidth(1)
    .fillOpacity(0)
    .showPoints(common.VisibilityMode.Never)
    .colorScheme(byName())
    .legend(namesBelow())
    .tooltip(allAtOnce());
}

/** Areas on top of each other: parts of a whole over time. */
export function stacked(text: PanelText): TimeSeriesPanel {
  return lines(text)
    .fillOpacity(40)
    .min(0)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal));
}

/** Bars on top of each other: what happened in each interval. */
export function bars(text: PanelText): TimeSeriesPanel {
  return stacked(text).drawStyle(common.GraphDrawStyle.Bars).fillOpacity(80).decimals(0);
}

/** One number, the last; green unless thresholds say otherwise. */
export function number({ title, description, unit }: PanelText): StatPanel {
  return new StatPanel()
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(dataSource)
    .span(3)
    .height(4)
    .noValue('–')
    .colorMode(common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.None)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .thresholds(coloured());
}

/** A number that says whether something is up: 1 or 0. */
export function upOrDown(text: Omit<PanelText, 'unit'>): StatPanel {
  return number({ ...text, unit: 'none' }).mappings([
    {
      type: MappingType.ValueToText,
      options: { '1': { text: 'up', color: 'green' }, '0': { text: 'down', color: 'red' } },
    },
  ]);
}

/**
 * Rows of the queries' labels and values.
 * @param names of columns by what Prometheus calls them, in their order; what has no name is not shown
 */
export function table(
  { title, description, unit }: PanelText,
  names: Readonly<Record<string, string>>,
): TablePanel {
  const shown = Object.entries(names).filter(([, name]) => name !== '');
  const hidden = ['Time', ...Object.keys(names).filter((name) => names[name] === '')];
  return new TablePanel()
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(dataSource)
    .span(24)
    .height(9)
    .transformations([
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: Object.fromEntries(hidden.map((name) => [name, true])),
          indexByName: Object.fromEntries(shown.map(([name], index) => [name, index])),
          renameByName: Object.fromEntries(shown),
        },
      },
    ]);
}

/**
 * Lines over committed epochs, one for each trial. The query has the labels `trial` and `epoch`; they become
 * a column for each trial and a row for each epoch.
 */
export function againstEpoch({ title, description, unit }: PanelText): TrendPanel {
  const asNumber = (targetField: string): DataTransformerConfig => ({
    id: 'convertFieldType',
    options: { conversions: [{ targetField, destinationType: 'number' }] },
  });
  return new TrendPanel()
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(dataSource)
    .span(12)
    .height(10)
    .lineWidth(1)
    .fillOpacity(0)
    .spanNulls(true)
    .showPoints(common.VisibilityMode.Always)
    .pointSize(5)
    .colorScheme(byName())
    .legend(namesBelow())
    .tooltip(allAtOnce())
    .xField('epoch\\trial')
    .transformations([
      asNumber('epoch'),
      { id: 'sortBy', options: { sort: [{ field: 'epoch', desc: false }] } },
      {
        id: 'groupingToMatrix',
        options: { columnField: 'trial', rowField: 'epoch', valueField: 'Value', emptyValue: 'null' },
      },
      asNumber('epoch\\trial'),
      shortTrialNames,
    ]);
}

/** Legends have a trial's number instead of its whole id, which begins with the sweep's. */
export const shortTrialNames: DataTransformerConfig = {
  id: 'renameByRegex',
  options: { regex: '^.*-(\\d+)$', renamePattern: '$1' },
};

/** Perplexities of a sweep span decades, and what matters happens in the lowest. */
export function logarithmic(): common.ScaleDistributionConfigBuilder {
  return new common.ScaleDistributionConfigBuilder().type(common.ScaleDistribution.Log).log(2);
}

/** Green, and another colour from a value on. */
export function coloured(...from: readonly Threshold[]): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: 'green' }, ...from]);
}

/** Names with their last values beside the chart, lowest first: for series that are many. */
export function lastValuesBeside(): common.VizLegendOptionsBuilder {
  return new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(common.LegendDisplayMode.Table)
    .placement(common.LegendPlacement.Right)
    .calcs(['lastNotNull'])
    .sortBy('Last *')
    .sortDesc(false);
}

function namesBelow(): common.VizLegendOptionsBuilder {
  return new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(common.LegendDisplayMode.List)
    .placement(common.LegendPlacement.Bottom)
    .calcs([]);
}

/** A trial or a worker has the same colour in every panel. */
function byName(): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName);
}

function allAtOnce(): common.VizTooltipOptionsBuilder {
  return new common.VizTooltipOptionsBuilder()
    .mode(common.TooltipDisplayMode.Multi)
    .sort(common.SortOrder.Descending);
}
