/** Pictures of the dashboards with a Prometheus's answers, where there is no Grafana to look at. */
import { dashboards } from '../grafana/dashboards.ts';
import { answersOf, type PanelAnswer } from './drawing/ask.ts';
import { drawOverEpochs, drawOverTime } from './drawing/chart.ts';
import { drawNumber } from './drawing/number.ts';
import { drawPage, roomOf } from './drawing/page.ts';
import { DrawnDashboard, type Panel } from './drawing/panel.ts';
import { drawTable } from './drawing/table.ts';
import { type Variables } from './expressions.ts';
import { type TimeRange } from './query.ts';

export interface Viewed {
  /** Address of a Prometheus. */
  readonly url: string;
  /** What the dashboards show; `step` is the distance between two points of a chart. */
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
