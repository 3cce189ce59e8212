/** The frame of all dashboards: tags, refresh, time, variables, links to each other and to the API. */
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';

interface DashboardText {
  /** Part of the address, `/d/<uid>`; it never changes. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Start of the time range, such as `now-6h`. */
  readonly from: string;
}

const tag = 'honyaku';

export function emptyDashboard({ uid, title, description, from }: DashboardText): DashboardBuilder {
  return new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([tag])
    .time({ from, to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .withVariable(dataSourceVariable())
    .withVariable(apiVariable())
    .link(
      new DashboardLinkBuilder('honyaku')
        .type(DashboardLinkType.Dashboards)
        .tags([tag])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .link(apiPage('API', '/docs', 'What the API offers'));
}

/** A link to a page of the API. @param path may hold variables */
export function apiPage(title: string, path: string, tooltip: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title)
    .type(DashboardLinkType.Link)
    .icon('external link')
    .tooltip(tooltip)
    .url('${api}' + path)
    .targetBlank(true);
}

/** The chosen Prometheus, as panels refer to it. */
export const dataSource = { type: 'prometheus', uid: '${datasource}' };

function dataSourceVariable(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus');
}

/** One sweep of those that had series within the time range. */
export function sweepVariable(): QueryVariableBuilder {
  return new QueryVariableBuilder('sweep')
    .label('Sweep')
    .datasource(dataSource)
    .query('label_values(honyaku_sweep_info, sweep)')
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
}

/** Where a browser reaches the API, for links to its pages. */
function apiVariable(): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder('api')
    .label('API')
    .description('Address of the API as your browser reaches it; links lead there')
    .defaultValue('http://127.0.0.1:7400');
}
