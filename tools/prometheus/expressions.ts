/** Every expression of dashboards and rules, ready to be asked of a Prometheus, and what it names by Prometheus’s own grammar. */
import { type Dashboard, type Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { type Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import { InvalidInput } from '@honyaku/contracts';
import { type SyntaxNode, type Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { dashboards } from '../grafana/dashboards.ts';
import { ruleGroups } from './rules.ts';

export interface Expression {
  /** For an alert, no data is the good answer. */
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

/** Expressions of all panels, then of all rules. */
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

/** The expression that Grafana would ask: variables of the dashboard and Grafana's own have their values. */
export function filledIn(expression: string, { sweep, range, interval, rateInterval }: Variables): string {
  return expression
    .replaceAll('$sweep', sweep)
    .replaceAll('$__rate_interval', rateInterval)
    .replaceAll('$__interval', interval)
    .replaceAll('$__range', range);
}

/** Names of the metrics that the expression selects, each once, in their order. @throws InvalidInput */
export function metricsOf(expression: string): string[] {
  const names = selectors(parse(expression)).map((selector) => metricOf(selector, expression));
  return [...new Set(names)];
}

/** Labels that the expression matches, groups or joins by, each once, without `__name__`. @throws InvalidInput */
export function labelsOf(expression: string): string[] {
  const names = nodes(parse(expression), ['LabelName', 'QuotedLabelName'])
    // A quoted name without a value is a metric's.
    .filter(({ name, parent }) => name === 'LabelName' || parent?.name !== 'LabelMatchers')
    .map((node) => text(node, expression).replaceAll(/^["']|["']$/g, ''));
  return [...new Set(names)].filter((name) => name !== '__name__');
}

function parse(expression: string): Tree {
  const tree = parser.parse(expression);
  const [error] = nodes(tree, ['⚠']);
  if (error || tree.topNode.firstChild === null)
    throw new InvalidInput(`not PromQL at character ${error?.from ?? 0}: ${expression}`);
  return tree;
}

function selectors(tree: Tree): SyntaxNode[] {
  return nodes(tree, ['VectorSelector']);
}

/** A name before the braces, `{"name"}`, or `{__name__="name"}`. */
function metricOf(selector: SyntaxNode, expression: string): string {
  const identifier = selector.getChild('Identifier');
  if (identifier) return text(identifier, expression);
  const matchers = selector.getChild('LabelMatchers');
  const quoted = matchers?.getChild('QuotedLabelName');
  if (quoted) return text(quoted, expression).slice(1, -1);
  const named = matchers
    ?.getChildren('UnquotedLabelMatcher')
    .find((matcher) => text(matcher, expression).replaceAll(' ', '').startsWith('__name__='));
  const value = named?.getChild('StringLiteral');
  const exact = named?.getChild('MatchOp')?.getChild('EqlSingle');
  if (!value || !exact) throw new InvalidInput(`a selector without a metric's name: ${expression}`);
  return text(value, expression).slice(1, -1);
}

function nodes(tree: Tree, names: readonly string[]): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  tree.iterate({
    enter: (node) => {
      if (names.includes(node.name)) found.push(node.node);
    },
  });
  return found;
}

function text({ from, to }: SyntaxNode, expression: string): string {
  return expression.slice(from, to);
}
