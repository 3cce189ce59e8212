/** Rules and expressions as Prometheus takes them, and which of them are answered with data. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { absolute } from '../generated-files.ts';
import { type Report } from '../../command-line/report.ts';
import { run } from '../../setup/command.ts';
import { prometheusPrograms } from '../../setup/prometheus.ts';
import { allExpressions, type Expression, metricsOf } from '../expressions.ts';
import { queryNow } from '../query.ts';

const rules = absolute('infra/prometheus/rules');
const seconds = 300;

/** promtool's opinion of the configuration, the rules and their unit tests. */
export async function checkRules(configFile: string, report: Report): Promise<void> {
  const { promtool } = await prometheusPrograms();
  await report.attempt('promtool accepts the configuration and the rules', async () => {
    await run(promtool, ['check', 'config', configFile], { seconds });
    return '';
  });
  await report.attempt('the unit tests of the rules pass', async () => {
    const tests = (await readdir(join(rules, 'tests'))).map((name) => join(rules, 'tests', name));
    await run(promtool, ['test', 'rules', ...tests], { seconds });
    return `${tests.length} files`;
  });
}

/** An alert is silent when all is well: what it looks at is asked for instead. */
function questionsOf({ kind, expression }: Expression): string[] {
  if (kind !== 'alert') return [expression];
  return metricsOf(expression);
}

export class Coverage {
  private readonly pending: Map<string, string[]>;
  readonly total: number;

  constructor(sweep: string) {
    const expressions = allExpressions({ sweep, range: '2m', interval: '5s', rateInterval: '10s' });
    this.pending = new Map();
    for (const each of expressions)
      for (const question of questionsOf(each))
        this.pending.set(question, [...(this.pending.get(question) ?? []), `${each.kind} ${each.where}`]);
    this.total = this.pending.size;
  }

  /** Asks for what had no data yet. @throws Unavailable when Prometheus refuses an expression */
  async look(prometheusUrl: string): Promise<void> {
    for (const question of [...this.pending.keys()])
      if ((await queryNow(prometheusUrl, question)).length > 0) this.pending.delete(question);
  }

  /** Questions without an answer, with where they are asked. */
  get missing(): string[] {
    return [...this.pending].map(([question, where]) => `${where.join(', ')}: ${question}`);
  }
}
