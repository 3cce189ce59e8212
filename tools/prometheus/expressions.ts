/** Every expression of dashboards and rules, ready to be asked of a Prometheus. */
import { type Dashboard, type Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { type Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import { dashboards } from '../grafana/dashboards.ts';
import { ruleGroups } from './rules.ts';

export interface Expression {
  /** Of an alert no data is the good answer. */
  readonly kind: 'panel' | 'recording' | 'alert';
  /** Such as `sweep: BLEU` or `HonyakuNoWorker`. */
  readonly where: string;
  readonly expression: string;
  /** Asked at one moment instead of over a range. */
  readonly instant: boolean;
}

export interface Variables {
  /** The sweep that is looked at. */
  readonly sweep: string;
  /** A Prometheus duration for `$__range`: what the dashboard shows. */
  readonly range: string;
  /** For `$__interval`: between two points of a chart. */
  readonly interval: string;
  /** For `$__rate_interval`: at least four scrapes. */
  readonly rateInterval: string;
}

const usual: Omit<Variables, 'sweep'> = { range: '15m', interval: '15s', rateInterval: '1m' };

/** Of all panels, then of all rules. */
export function allExpressions(variables: Pick<Variables, 'sweep'> & Partial<Variables>): Expression[] {
  const ofPanels = Object.entries(dashboards()).flatMap(([name, dashboard]) =>
    panelsOf(dashboard).flatMap((panel) =>
      queriesOf(panel).map(({ expr, instant }) => ({
        kind: 'panel' as const,
        where: `${name}: ${panel.title ?? ''}`,
        expression: filledIn(expr, { ...usual, ...variables }),
        instant: instant === true,
      })),
    ),
  );
  const ofRules = ruleGroups
    .flatMap(({ rules }) => rules)
    .map((rule) => ({
      kind: 'record' in rule ? ('recording' as const) : ('alert' as const),
      where: 'record' in rule ? rule.record : rule.alert,
      expression: rule.expr,
      instant: true,
    }));
  return [...ofPanels, ...ofRules];
}

/** Panels that show something, without rows. */
export function panelsOf(dashboard: Pick<Dashboard, 'panels'>): Panel[] {
  return (dashboard.panels ?? []).filter((panel): panel is Panel => panel.type !== 'row');
}

/** The panel's queries; all of ours ask Prometheus. */
export function queriesOf(panel: Panel): Dataquery[] {
  return (panel.targets ?? []).filter((target): target is Dataquery => 'expr' in target);
}

/** What Grafana would ask: variables of the dashboard and Grafana's own have their values. */
export function filledIn(expression: string, { sweep, range, interval, rateInterval }: Variables): string {
  return expression
    .replaceAll('$sweep', sweep)
    .replaceAll('$__rate_interval', rateInterval)
    .replaceAll('$__interval', interval)
    .replaceAll('$__range', range);
}
