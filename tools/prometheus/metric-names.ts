/** What a PromQL expression names, by Prometheus's own grammar. */
import { InvalidInput } from '@honyaku/contracts';
import { type SyntaxNode, type Tree } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

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
