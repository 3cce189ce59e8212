/** Charts as SVG text, without a browser. */
import * as echarts from 'echarts';

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
    axisLabel: { color: ink },
    axisLine: { show: true, lineStyle: { color: ink } },
    splitLine: { show: type !== 'category', lineStyle: { color: ink, opacity: 0.25 } },
  };
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
