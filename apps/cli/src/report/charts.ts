/** Charts as SVG text, without a browser: learning curves, and what hyperparameters came to. */
import * as echarts from 'echarts';
import { type TrialView, type AllHyperparameters, withDefaults, bestEpochOf } from '@honyaku/contracts';
import { settingsOf, varyingParameters } from '../tables.ts';
import { settingText } from '../texts.ts';
import { startOf } from '../best-texts.ts';

/** Readable on a light and on a dark ground. */
export const ink = '#7b818c';
const palette = ['#3b82f6', '#e0592a', '#16a085', '#a855f7', '#d4a017', '#e0457b', '#5b9a2e', '#0ea5c6'];

export function colourOf(index: number): string {
  return palette[index % palette.length] ?? ink;
}

/** An axis with a name, in the report's ink; `scale` lets it start elsewhere than at 0. */
export function axis(name: string, type: 'value' | 'log' | 'category', gap = 30) {
  return {
    name,
    type,
    nameLocation: 'middle' as const,
    nameGap: gap,
    nameTextStyle: { color: ink },
    scale: true,
    // A decade between two lines would leave most of the chart empty.
    logBase: 2,
    // Without them an end of the axis is labelled with all digits of the value that stands there.
    axisLabel: { color: ink, hideOverlap: true, ...(type === 'category' ? {} : { formatter: tickText }) },
    axisLine: { show: true, lineStyle: { color: ink } },
    splitLine: { show: type !== 'category', lineStyle: { color: ink, opacity: 0.25 } },
  };
}

function tickText(value: number): string {
  return settingText(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

export function renderSvg(
  option: echarts.EChartsCoreOption,
  size: { readonly width: number; readonly height: number },
): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: 'transparent',
      textStyle: { fontFamily: 'system-ui, sans-serif', color: ink },
      ...option,
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

/**
 * Perplexity by epoch, a colour for each trial: train dashed, held-out solid. The axis is logarithmic,
 * because a sweep's trials differ by factors. What is not finite has no point.
 */
export function learningCurves(trials: readonly TrialView[]): string {
  const series = trials.flatMap((trial, index) => {
    const curve = (kind: 'train' | 'heldOut') => ({
      type: 'line' as const,
      name: `trial ${trial.number}`,
      color: colourOf(index),
      symbolSize: 6,
      lineStyle: { type: kind === 'train' ? ('dashed' as const) : ('solid' as const), width: 2 },
      data: [...(kind === 'heldOut' ? startPoints(trial) : []), ...trial.epochs.map(pointOf(kind))].filter(
        ([, perplexity]) => isShown(perplexity),
      ),
    });
    return [curve('train'), curve('heldOut')];
  });
  return renderSvg(
    {
      grid: { left: 70, right: 20, top: 20, bottom: trials.length > 0 ? 90 : 50 },
      legend: { bottom: 0, itemGap: 18, icon: 'circle', textStyle: { color: ink }, data: names(trials) },
      xAxis: { ...axis('epoch', 'value'), minInterval: 1, min: startOf(trials) ? 0 : 1 },
      yAxis: axis('perplexity', 'log', 48),
      series,
    },
    { width: 860, height: 440 },
  );
}

type Point = readonly [epoch: number, perplexity: number];

function pointOf(kind: 'train' | 'heldOut') {
  return (epoch: TrialView['epochs'][number]): Point => [epoch.epoch, epoch[kind].perplexity];
}

/** Before the first step, where the trial starts from a model. */
function startPoints(trial: TrialView): Point[] {
  const start = startOf([trial]);
  return start ? [[0, start.perplexity]] : [];
}

/** A logarithmic axis has no place for 0, nor for NaN and infinities. */
function isShown(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}

/** A legend of more trials would be larger than the chart; the table has them all. */
function names(trials: readonly TrialView[]): string[] {
  return trials.slice(0, 24).map(({ number }) => `trial ${number}`);
}

/** One scatter for each hyperparameter that varies: its value against the trial's lowest held-out perplexity. */
export function parameterScatters(trials: readonly TrialView[], bestTrialId: string | undefined): string[] {
  return varyingParameters(settingsOf(trials)).map((name) => scatter(trials, name, bestTrialId));
}

function scatter(
  trials: readonly TrialView[],
  name: keyof AllHyperparameters,
  bestTrialId: string | undefined,
): string {
  const points = trials.flatMap((trial) => {
    const y = bestEpochOf(trial)?.heldOut.perplexity;
    const x = withDefaults(trial.config.hyperparameters)[name];
    return y === undefined ? [] : [{ x, y, best: trial.id === bestTrialId, number: trial.number }];
  });
  const values = [...new Set(points.map(({ x }) => x))];
  const numeric = values.every((value) => typeof value === 'number');
  const isWide = numeric && Math.min(...values) > 0 && Math.max(...values) / Math.min(...values) >= 10;
  // Few values read best as names, side by side.
  const type = !numeric || values.length <= 6 ? 'category' : isWide ? 'log' : 'value';
  const categories = numeric ? [...values].sort((a, b) => Number(a) - Number(b)) : values;
  return renderSvg(
    {
      grid: { left: 70, right: 20, top: 20, bottom: 50 },
      xAxis: { ...axis(name, type), ...(type === 'category' ? { data: categories.map(settingText) } : {}) },
      yAxis: axis('lowest held-out perplexity', 'log', 48),
      series: [
        {
          type: 'scatter',
          label: { show: points.length <= 24, position: 'right', formatter: '{b}', color: ink },
          data: points.map(({ x, y, best, number }) => ({
            name: String(number),
            value: [type === 'category' ? settingText(x) : x, y],
            symbol: best ? 'diamond' : 'circle',
            symbolSize: best ? 16 : 9,
            itemStyle: { color: colourOf(best ? 1 : 0) },
          })),
        },
      ],
    },
    { width: 420, height: 300 },
  );
}
