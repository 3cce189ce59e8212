import { axis, colourOf, ink, renderSvg } from '@honyaku/cli';
import { type EpochRow, type Run } from './records.ts';

const panels = [
  { title: 'held-out perplexity', value: ({ perplexity }: EpochRow) => perplexity, type: 'log' },
  { title: 'BLEU', value: ({ bleu }: EpochRow) => bleu, type: 'value' },
] as const;

/** Perplexity and BLEU of every run against minutes of training, as SVG; a colour for each kind of run. */
export function drawCurves(runs: readonly Run[]): string {
  const kinds = [...new Set(runs.map(kindOf))];
  const series = runs.flatMap((run) =>
    panels.map(({ value }, panel) => ({
      type: 'line' as const,
      name: kindOf(run),
      color: colourOf(kinds.indexOf(kindOf(run))),
      symbolSize: 5,
      xAxisIndex: panel,
      yAxisIndex: panel,
      data: run.rows.map((row) => [row.seconds / 60, value(row)]),
    })),
  );
  const halves = [
    { left: 70, right: '53%', top: 20, bottom: 90 },
    { left: '57%', right: 20, top: 20, bottom: 90 },
  ];
  return renderSvg(
    {
      backgroundColor: '#ffffff',
      grid: halves,
      legend: { bottom: 0, itemGap: 40, icon: 'circle', textStyle: { color: ink }, data: kinds },
      xAxis: panels.map((_, gridIndex) => ({ ...axis('minutes of training', 'value'), min: 0, gridIndex })),
      yAxis: panels.map(({ title, type }, gridIndex) => ({ ...axis(title, type, 44), gridIndex })),
      series,
    },
    { width: 960, height: 440 },
  );
}

/** The run without its seed. */
function kindOf({ name }: Run): string {
  return name.replace(/-\d+$/, '');
}
