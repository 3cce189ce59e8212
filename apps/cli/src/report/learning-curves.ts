import { type TrialView } from '@honyaku/contracts';
import { axis, colourOf, ink, renderSvg } from './svg-chart.ts';

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
      data: trial.epochs
        .filter((epoch) => isShown(epoch[kind].perplexity))
        .map((epoch) => [epoch.epoch, epoch[kind].perplexity]),
    });
    return [curve('train'), curve('heldOut')];
  });
  return renderSvg(
    {
      grid: { left: 70, right: 20, top: 20, bottom: trials.length > 0 ? 90 : 50 },
      legend: { bottom: 0, itemGap: 18, icon: 'circle', textStyle: { color: ink }, data: names(trials) },
      xAxis: { ...axis('epoch', 'value'), minInterval: 1, min: 1 },
      yAxis: axis('perplexity', 'log', 48),
      series,
    },
    { width: 860, height: 440 },
  );
}

/** A logarithmic axis has no place for 0, nor for NaN and infinities. */
export function isShown(value: number): boolean {
  return Number.isFinite(value) && value > 0;
}

/** A legend of more trials would be larger than the chart; the table has them all. */
function names(trials: readonly TrialView[]): string[] {
  return trials.slice(0, 24).map(({ number }) => `trial ${number}`);
}
