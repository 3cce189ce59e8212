/** Nothing names a metric that no code exports, and nothing is exported that nobody looks at. */
import { readFile } from 'node:fs/promises';
import { catalogue } from '@honyaku/telemetry';
import { describe, expect, it } from 'vitest';
import { dashboards } from '../grafana/dashboards.ts';
import { absolute } from './generated-files.ts';
import { allExpressions, panelsOf, queriesOf, labelsOf, metricsOf } from './expressions.ts';
import { recordedNames } from './rules.ts';

const declared = Object.values(catalogue).flatMap((group) => Object.values(group));
const series = new Map(
  declared.flatMap(({ name, type, labels }): [string, readonly string[]][] =>
    type === 'histogram'
      ? [
          [`${name}_bucket`, [...labels, 'le']],
          [`${name}_sum`, labels],
          [`${name}_count`, labels],
        ]
      : [[name, labels]],
  ),
);
const isNodes = (name: string) => /^(process|nodejs)_/.test(name);
/** Those that Prometheus sets on everything it scrapes. */
const targetLabels = ['job', 'instance'];
/** Made by `count_values`. */
const computed = ['epoch'];

const expressions = allExpressions({ sweep: 'first-000000' });

/** Labels that series of the metric have when they are in Prometheus, which keeps `job` for itself. */
function labelsIn(metric: string): readonly string[] {
  const own = series.get(metric) ?? [];
  return own.map((label) => (targetLabels.includes(label) ? `exported_${label}` : label));
}

describe('expressions', () => {
  it.each(expressions)('of $where name what is exported: $expression', ({ expression }) => {
    for (const name of metricsOf(expression))
      expect(
        series.has(name) || recordedNames.includes(name) || name === 'up' || isNodes(name),
        `${name} is not in libs/telemetry/src/catalogue.ts`,
      ).toBe(true);
  });

  it.each(expressions)('of $where ask for labels that there are: $expression', ({ expression }) => {
    const known = [...metricsOf(expression).flatMap(labelsIn), ...targetLabels];
    expect(labelsOf(expression).filter((label) => !known.includes(label))).toEqual([]);
  });

  it('have legends of labels that there are', () => {
    const all = new Set([...[...series.keys()].flatMap(labelsIn), ...targetLabels, ...computed]);
    const legends = Object.values(dashboards())
      .flatMap(panelsOf)
      .flatMap(queriesOf)
      .map(({ legendFormat }) => legendFormat ?? '');
    const asked = legends.flatMap((legend) => [...legend.matchAll(/{{(\w+)}}/g)].map(([, label]) => label));
    expect(asked.filter((label) => label === undefined || !all.has(label))).toEqual([]);
  });
});

describe('the catalogue', () => {
  it.each(declared)('has no metric that nobody looks at: $name', ({ name }) => {
    const asked = expressions.flatMap(({ expression }) => metricsOf(expression));
    expect(asked.some((each) => each === name || each.replace(/_(bucket|sum|count)$/, '') === name)).toBe(
      true,
    );
  });

  it.each(declared)('is in the documents: $name', async ({ name, help }) => {
    const page = await readFile(absolute('docs/metrics.md'), 'utf8');
    expect(page).toContain(`| \`${name}\``);
    expect(page).toContain(help);
  });
});
