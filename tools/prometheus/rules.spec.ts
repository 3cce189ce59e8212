import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { absolute } from './generated-files.ts';
import { alerts, recordedNames } from './rules.ts';

const AlertTest = z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) });
const RuleTests = z.object({
  tests: z.array(
    z.object({
      alert_rule_test: z.array(AlertTest).default([]),
      promql_expr_test: z.array(z.object({ expr: z.string() })).default([]),
    }),
  ),
});

async function tests() {
  const folder = absolute('infra/prometheus/rules/tests');
  const texts = await Promise.all(
    (await readdir(folder)).map((name) => readFile(`${folder}/${name}`, 'utf8')),
  );
  return texts.flatMap((text) => RuleTests.parse(parse(text)).tests);
}

describe('alerts', () => {
  it.each(alerts)('$alert has a runbook', async ({ alert, annotations }) => {
    const page = await readFile(absolute('docs/runbooks.md'), 'utf8');
    const [section = ''] = page.split(`\n## ${alert}\n`, 2).slice(1);
    for (const part of ['What it means', 'What is at stake', 'How to look', 'What to do'])
      expect(section.split('\n## ', 1)[0]).toContain(`**${part}.**`);
    // No address of a site that nobody may have, or a stranger.
    expect(annotations.runbook_url).toBe(`docs/runbooks.md#${alert.toLowerCase()}`);
  });

  it.each(alerts)('$alert is tested where it fires and where it does not', async ({ alert }) => {
    const its = (await tests())
      .flatMap(({ alert_rule_test }) => alert_rule_test)
      .filter(({ alertname }) => alertname === alert);
    expect(new Set(its.map(({ exp_alerts }) => exp_alerts.length > 0))).toEqual(new Set([true, false]));
  });
});

describe('recording rules', () => {
  it.each(recordedNames)('%s is tested', async (name) => {
    const asked = (await tests()).flatMap(({ promql_expr_test }) => promql_expr_test);
    expect(asked.some(({ expr }) => expr.startsWith(name))).toBe(true);
  });
});
