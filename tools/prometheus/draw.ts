/** Pictures of the dashboards with a Prometheus's answers, where there is no Grafana to look at. */
import { dashboards } from '../grafana/dashboards.ts';
import { answersOf, type PanelAnswer, DrawnDashboard, type Panel, type Place } from './drawing/panel.ts';
import { drawOverEpochs, drawOverTime } from './drawing/chart.ts';
import { drawNumber, drawTable } from './drawing/numbers.ts';
import { type Variables } from './expressions.ts';
import { type TimeRange } from './query.ts';
import { colours, fitting, svgText } from './drawing/text.ts';

interface Viewed {
  /** Address of a Prometheus. */
  readonly url: string;
  /** Time range of the dashboards; `step` is the distance between two points of a chart. */
  readonly range: TimeRange;
  /** The sweep that is looked at. */
  readonly sweep: string;
  /** For rates; at least four scrapes. */
  readonly rateInterval: string;
}

/** Each dashboard as one SVG, by its name. @throws Unavailable when Prometheus refuses an expression */
export async function drawDashboards(viewed: Viewed): Promise<Readonly<Record<string, string>>> {
  const pages = await Promise.all(
    Object.entries(dashboards()).map(
      async ([name, dashboard]) => [name, await drawOne(DrawnDashboard.parse(dashboard), viewed)] as const,
    ),
  );
  return Object.fromEntries(pages);
}

async function drawOne(
  dashboard: DrawnDashboard,
  { url, range, sweep, rateInterval }: Viewed,
): Promise<string> {
  const variables: Variables = {
    sweep,
    rateInterval,
    range: `${Math.max(1, Math.ceil(range.end - range.start))}s`,
    interval: `${Math.max(1, Math.round(range.step))}s`,
  };
  const drawn = await Promise.all(
    dashboard.panels.map(async (panel) =>
      panel.type === 'row' ? '' : drawPanel(panel, await answersOf(panel, url, range, variables), range),
    ),
  );
  const hours = [range.start, range.end].map((seconds) =>
    new Date(seconds * 1000).toISOString().slice(11, 19),
  );
  return drawPage(dashboard, `${sweep}, ${hours.join(' to ')} UTC`, drawn);
}

function drawPanel(panel: Panel, answers: readonly PanelAnswer[], range: TimeRange): string {
  const room = roomOf(panel.gridPos);
  switch (panel.type) {
    case 'stat':
      return drawNumber(panel, answers, room.width, room.height);
    case 'table':
      return drawTable(panel, answers, room.width, room.height);
    case 'trend':
      return drawOverEpochs(panel, answers, room);
    case 'timeseries':
      return drawOverTime(panel, answers, range, room);
  }
}

/** Grafana's grid has 24 columns; sizes in pixels. */
const columns = 24;
const columnWidth = 52;
const lineHeight = 30;
const gap = 6;
const margin = 8;
const heading = 40;
const titleHeight = 24;

/** Room for what is drawn within a panel, below its title. */
function roomOf({ w, h }: Place): { readonly width: number; readonly height: number } {
  return {
    width: w * columnWidth - gap - 2 * margin,
    height: h * lineHeight - gap - titleHeight - margin,
  };
}

/** A dashboard's panels on its grid, as one SVG. @param drawn the inside of each panel, in their order; rows have none */
function drawPage({ title, panels }: DrawnDashboard, note: string, drawn: readonly string[]): string {
  const width = columns * columnWidth + gap;
  const bottom = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
  const height = heading + bottom * lineHeight + gap;
  const parts = panels.map(({ type, title, gridPos }, index) => {
    const { x, y } = corner(gridPos);
    if (type === 'row') return svgText(title, x + 2, y + 20, { size: 14, weight: 600 });
    const inside = { width: gridPos.w * columnWidth - gap, height: gridPos.h * lineHeight - gap };
    return [
      `<rect x="${x}" y="${y}" width="${inside.width}" height="${inside.height}" rx="3" fill="${colours.panel}" stroke="${colours.edge}"/>`,
      svgText(fitting(title, inside.width - 2 * margin, 12.5), x + margin, y + 17, {
        size: 12.5,
        weight: 600,
      }),
      `<g transform="translate(${x + margin} ${y + titleHeight})">${drawn[index] ?? ''}</g>`,
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif">`,
    `<rect width="${width}" height="${height}" fill="${colours.page}"/>`,
    svgText(title, gap + 2, 26, { size: 18, weight: 600 }),
    svgText(note, width - gap - 2, 26, { size: 12, fill: colours.faint, anchor: 'end' }),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function corner({ x, y }: Place): { readonly x: number; readonly y: number } {
  return { x: gap + x * columnWidth, y: heading + y * lineHeight };
}
