/** Checks the conditions (`when`) of a search space. */

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
      const message = problemOf(space, name, other, typeof wanted === 'object' ? wanted : [wanted]);
      if (message !== undefined) issues.push({ path: [name, 'when', other], message });
    }
  }
  return issues;
}

function conditionOf(range: Value | Conditional | undefined): NonNullable<Conditional['when']> {
  return (typeof range === 'object' ? range.when : undefined) ?? {};
}

function problemOf(space: Space, name: string, other: string, wanted: readonly Value[]): string | undefined {
  const parameter = space[other];
  if (parameter === undefined) return `${other} is not among the parameters, so it never changes`;
  if (dependsOn(space, other, name, new Set())) return `${name} and ${other} depend on each other`;
  const possible = typeof parameter === 'object' ? parameter.values : [parameter];
  const values = new Set(possible);
  const never = possible && wanted.find((value) => !values.has(value));
  if (never === undefined) return undefined;
  const shown = possible?.slice(0, maxShown).join(', ');
  return `${other} is never ${never}; its values are ${shown}${values.size > maxShown ? ', …' : ''}`;
}

const maxShown = 10;

/** Whether `from` depends on `to`, directly or indirectly. */
function dependsOn(space: Space, from: string, to: string, seen: Set<string>): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return Object.keys(conditionOf(space[from])).some((next) => dependsOn(space, next, to, seen));
}
