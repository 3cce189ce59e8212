/** Which parameters of a space are drawn together: those whose condition holds for what is drawn already. */
import { type ParameterRange } from '@honyaku/contracts';
import { type Suggestion, type Value } from './search-plan.ts';

/** Parameters by name, each a constant or a range. */
export type Space = Readonly<Record<string, Value | ParameterRange>>;

const ordered = new WeakMap<Space, readonly Entry[]>();
type Entry = readonly [name: string, range: Value | ParameterRange];

/** The entries of a space in their order, but for those that depend on later ones, which come after them. */
export function inOrder(space: Space): readonly Entry[] {
  const before = ordered.get(space);
  if (before) return before;
  const waiting = Object.entries(space);
  const entries: Entry[] = [];
  const done = new Set<string>();
  while (waiting.length > 0) {
    const next = waiting.findIndex(([, range]) => dependencies(range).every((name) => done.has(name)));
    // What waits for itself was refused when the space was read.
    const [entry] = waiting.splice(Math.max(0, next), 1);
    if (!entry) break;
    entries.push(entry);
    done.add(entry[0]);
  }
  ordered.set(space, entries);
  return entries;
}

/** Names of the parameters that decide whether the range is drawn. */
export function dependencies(range: Value | ParameterRange): string[] {
  return typeof range === 'object' ? Object.keys(range.when ?? {}) : [];
}

/** Whether the range is drawn, given what is drawn of the parameters it depends on. */
export function isActive(range: Value | ParameterRange, drawn: Suggestion): boolean {
  if (typeof range !== 'object' || !range.when) return true;
  return Object.entries(range.when).every(([name, wanted]) => {
    const value = drawn[name];
    return value !== undefined && (Array.isArray(wanted) ? wanted.includes(value) : wanted === value);
  });
}
