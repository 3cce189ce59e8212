/** Panels of lines, areas and bars, over time or over epochs. */
import { axis, colourOf, renderSvg } from '@honyaku/cli';
import { type TimeRange } from '../query.ts';
import { type PanelAnswer, shortened, type Look, lookOf, type Panel } from './panel.ts';
import { colours, fitting, namedColour, valueText } from './text.ts';

const small = { color: colours.faint, fontSize: 10 };

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Lines over time, in UTC. */
export function drawOverTime(
  panel: Panel,
  answers: readonly PanelAnswer[],
  range: TimeRange,
  size: Size,
): string {
  const lines = answers.flatMap(({ series }) =>
    series.map(({ name, points }) => ({
      name,
      points: points.map(([seconds, value]) => [seconds * 1000, value] as const),
    })),
  );
  const xAxis = {
    ...axis('', 'value'),
    type: 'time',
    min: range.start * 1000,
    max: range.end * 1000,
    splitNumber: Math.floor(size.width / 90),
    splitLine: { show: false },
    axisLabel: { ...small, hideOverlap: true, formatter: '{HH}:{mm}' },
  };
  return draw(panel, lines, xAxis, size);
}

/** A line for each trial over its epochs. */
export function drawOverEpochs(panel: Panel, answers: readonly PanelAnswer[], size: Size): string {
  const epochs = answers.flatMap(({ series }) =>
    series.map(({ labels, points }) => ({
      name: shortened(labels['trial'] ?? '', panel.transformations),
      point: [Number(labels['epoch']), points.at(-1)?.[1] ?? Number.NaN] as const,
    })),
  );
  const lines = [...new Set(epochs.map(({ name }) => name))].map((name) => ({
    name,
    points: epochs
      .filter((epoch) => epoch.name === name)
      .map(({ point }) => point)
      .sort(([a], [b]) => a - b),
  }));
  return draw(
    panel,
    lines,
    { ...axis('epoch', 'value', 22), min: 'dataMin', minInterval: 1, axisLabel: small },
    size,
  );
}

function draw(panel: Panel, unsorted: readonly Line[], xAxis: object, size: Size): string {
  const lines = unsorted.toSorted((a, b) => a.name.localeCompare(b.name));
  const { defaults } = panel.fieldConfig;
  const { custom } = defaults;
  const bars = custom.drawStyle === 'bars';
  const stack = custom.stacking?.mode === 'normal' ? { stack: 'all' } : {};
  const looks = lines.map(({ name }) => lookOf(panel, name));
  const onRight = looks.find(({ right }) => right);
  const beside = panel.options.legend?.placement === 'right';
  const named = panel.type === 'trend' ? 14 : 0;
  const times = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].sort((a, b) => a - b);
  const series = lines.map(({ name, points }, index) => {
    const look = looks[index];
    const color = look?.color === undefined ? colourOf(index) : namedColour(look.color);
    return {
      type: bars ? 'bar' : 'line',
      name,
      color,
      ...stack,
      ...(stack.stack !== undefined && !bars && { areaStyle: { opacity: 0.4 } }),
      ...(custom.lineInterpolation === 'stepAfter' && { step: 'end' }),
      yAxisIndex: look?.right === true ? 1 : 0,
      lineStyle: { width: look?.width ?? 1.4 },
      showSymbol: panel.type === 'trend' || points.length === 1,
      symbol: 'circle',
      symbolSize: 5,
      data: (stack.stack === undefined ? points : onAll(times, points)).map(([x, y]) => [
        x,
        Number.isFinite(y) ? y : null,
      ]),
    };
  });
  return renderSvg(
    {
      useUTC: true,
      grid: {
        left: 58,
        right: beside ? 140 : onRight ? 58 : 14,
        top: 10,
        bottom: beside ? 36 : 30 + named + 23 * legendLines(lines, size.width),
      },
      legend: legend(lines, beside, defaults, size),
      xAxis,
      yAxis: [yAxis(panel, defaults), ...(onRight ? [yAxis(panel, onRight)] : [])],
      series,
    },
    size,
  );
}

/** The points with zeros where there are none: stacks are built by a point's place in its line. */
function onAll(times: readonly number[], points: Line['points']): Line['points'] {
  const known = new Map(points);
  return times.map((time) => [time, known.get(time) ?? 0] as const);
}

function yAxis(panel: Panel, { unit, mappings }: Pick<Look, 'unit' | 'mappings'>): object {
  const { min, max, custom } = panel.fieldConfig.defaults;
  const decimals = undefined;
  return {
    ...axis('', custom.scaleDistribution?.type === 'log' ? 'log' : 'value'),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    splitNumber: 4,
    axisLabel: {
      ...small,
      formatter: (value: number) => valueText(value, { unit, decimals, mappings }),
    },
  };
}

/** Below the chart, or beside it with last values, lowest first; those that there is room for. */
function legend(
  lines: readonly Line[],
  beside: boolean,
  { unit, decimals, mappings }: Panel['fieldConfig']['defaults'],
  { width, height }: Size,
): object {
  const look = {
    itemWidth: 10,
    itemHeight: 8,
    icon: 'roundRect',
    textStyle: small,
  };
  const last = new Map(lines.map(({ name, points }) => [name, points.at(-1)?.[1] ?? Number.NaN]));
  if (!beside) return { ...look, data: fittingNames(lines, width), bottom: 0, left: 'center', itemGap: 14 };
  const names = [...last].sort(([, a], [, b]) => a - b).map(([name]) => name);
  return {
    ...look,
    data: names.slice(0, Math.floor(height / 16) - 1),
    orient: 'vertical',
    right: 18,
    top: 4,
    itemGap: 4,
    formatter: (name: string) =>
      `${fitting(name, 66, 10)}  ${valueText(last.get(name) ?? Number.NaN, { unit, decimals, mappings })}`,
  };
}

/** Those that there is room for in two lines. */
function fittingNames(lines: readonly Line[], width: number): string[] {
  let used = 0;
  return lines.map(({ name }) => name).filter((name) => (used += lengthOf(name)) < width * 1.9);
}

function legendLines(lines: readonly Line[], width: number): number {
  return lines.reduce((sum, { name }) => sum + lengthOf(name), 0) > width * 0.95 ? 2 : 1;
}

/** Pixels of a name in the legend with its mark and gaps. */
function lengthOf(name: string): number {
  return name.length * 6 + 32;
}
