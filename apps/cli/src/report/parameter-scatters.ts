/** One scatter for each hyperparameter that varies: its value against the trial's lowest held-out perplexity. */
import { type Hyperparameters, type TrialView, bestEpochOf } from '@honyaku/contracts';
import { settingsOf, varyingParameters } from '../varying-parameters.ts';
import { axis, colourOf, ink, renderSvg } from './svg-chart.ts';

export function parameterScatters(trials: readonly TrialView[], bestTrialId: string | undefined): string[] {
  return varyingParameters(settingsOf(trials)).map((name) => scatter(trials, name, bestTrialId));
}

function scatter(
  trials: readonly TrialView[],
  name: keyof Hyperparameters,
  bestTrialId: string | undefined,
): string {
  const points = trials.flatMap((trial) => {
    const y = bestEpochOf(trial)?.heldOut.perplexity;
    const x = trial.config.hyperparameters[name];
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
      xAxis: { ...axis(name, type), ...(type === 'category' ? { data: categories.map(String) } : {}) },
      yAxis: axis('lowest test perplexity', 'log', 48),
      series: [
        {
          type: 'scatter',
          label: { show: points.length <= 24, position: 'right', formatter: '{b}', color: ink },
          data: points.map(({ x, y, best, number }) => ({
            name: String(number),
            value: [type === 'category' ? String(x) : x, y],
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
