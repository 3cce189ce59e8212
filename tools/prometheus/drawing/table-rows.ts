/** Grafana's `merge` and `organize`: a table out of the answers of several queries. */
import { z } from 'zod';
import { type PanelAnswer } from './ask.ts';
import { type Panel } from './panel.ts';

export type Cell = string | number | undefined;
type Row = Readonly<Record<string, Cell>>;

export interface TableRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const Organize = z.object({
  indexByName: z.record(z.string(), z.int()),
  renameByName: z.record(z.string(), z.string()),
});

/** Columns in the panel's order, rows as it sorts them. */
export function tableRows(panel: Panel, answers: readonly PanelAnswer[]): TableRows {
  const { options } = panel.transformations.find(({ id }) => id === 'organize') ?? {};
  const { indexByName, renameByName } = Organize.parse(options);
  const fields = Object.entries(indexByName)
    .sort(([, a], [, b]) => a - b)
    .map(([name]) => name);
  const columns = fields.map((name) => renameByName[name] ?? name);
  const rows = merged(answers).map((row) => fields.map((name) => row[name]));
  const [sort] = panel.options.sortBy;
  const by = columns.indexOf(sort?.displayName ?? columns[0] ?? '');
  const sign = sort?.desc === true ? -1 : 1;
  return { columns, rows: rows.sort((a, b) => sign * compared(a[by], b[by])) };
}

/** Rows are joined where all fields that every answer has are equal, and no other field says otherwise. */
function merged(answers: readonly PanelAnswer[]): Row[] {
  const frames = answers
    .map(({ target, series }) => {
      const value = answers.length === 1 ? 'Value' : `Value #${target.refId}`;
      return series.map(({ labels, points }): Row => ({ ...labels, [value]: points.at(-1)?.[1] }));
    })
    .filter((rows) => rows.length > 0);
  const fieldSets = frames.map((rows) => new Set(rows.flatMap((row) => Object.keys(row))));
  const keys = [...(fieldSets[0] ?? [])].filter((field) => fieldSets.every((set) => set.has(field)));
  return frames.flat().reduce<Row[]>((table, row) => {
    const fits = (other: Row) =>
      keys.every((key) => other[key] === row[key]) &&
      Object.entries(row).every(([field, value]) => other[field] === undefined || other[field] === value);
    if (!table.some(fits)) return [...table, row];
    return table.map((other) => (fits(other) ? { ...other, ...row } : other));
  }, []);
}

function compared(a: Cell, b: Cell): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a ?? '').localeCompare(String(b ?? ''));
}
