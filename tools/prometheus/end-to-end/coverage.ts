/** Which expressions of panels and rules have been answered with data. */
import { allExpressions, type Expression } from '../expressions.ts';
import { metricsOf } from '../metric-names.ts';
import { queryNow } from '../query.ts';

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

  /** What nothing came back for, with where it is asked. */
  get missing(): string[] {
    return [...this.pending].map(([question, where]) => `${where.join(', ')}: ${question}`);
  }
}
