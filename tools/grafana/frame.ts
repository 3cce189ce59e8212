/** What all dashboards have in common: tags, refresh, time, variables, links to each other and to the API. */
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { apiVariable, dataSourceVariable } from './variables.ts';

export interface DashboardText {
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
