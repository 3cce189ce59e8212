/** What can be wrong with the conditions of a search space. */

type Value = string | number | boolean;
interface Conditional {
  readonly type: string;
  readonly values?: readonly Value[];
  readonly when?: Partial<Readonly<Record<string, Value | readonly Value[]>>> | undefined;
}
type Space = Readonly<Record<string, Value | Conditional>>;

interface ConditionIssue {
  readonly path: readonly string[];
  readonly message: string;
}

export function conditionIssues(space: Space): ConditionIssue[] {
  const issues: ConditionIssue[] = [];
  for (const [name, range] of Object.entries(space)) {
    for (const [other, wanted] of Object.entries(conditionOf(range))) {
      if (wanted === undefined) continue;
      const message = wrongWith(space, name, other, typeof wanted === 'object' ? wanted : [wanted]);
      if (message !== undefined) issues.push({ path: [name, 'when', other], message });
    }
  }
  return issues;
}

function conditionOf(range: Value | Conditional | undefined): NonNullable<Conditional['when']> {
  return (typeof range === 'object' ? range.when : undefined) ?? {};
}

function wrongWith(space: Space, name: string, other: string, wanted: readonly Value[]): string | undefined {
  const decides = space[other];
  if (decides === undefined) return `${other} is not among the parameters, so it never changes`;
  if (leadsTo(space, other, name, new Set())) return `${name} and ${other} wait for each other`;
  const possible = typeof decides === 'object' ? decides.values : [decides];
  const values = new Set(possible);
  const never = possible && wanted.find((value) => !values.has(value));
  if (never === undefined) return undefined;
  const shown = possible?.slice(0, mostShown).join(', ');
  return `${other} is never ${never}; it is ${shown}${values.size > mostShown ? ', …' : ''}`;
}

const mostShown = 10;

/** Whether `from` depends on `to`, directly or by others. */
function leadsTo(space: Space, from: string, to: string, seen: Set<string>): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return Object.keys(conditionOf(space[from])).some((next) => leadsTo(space, next, to, seen));
}
