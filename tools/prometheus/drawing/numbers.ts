/** Panels of one number, and of rows and columns. */
import { z } from 'zod';
import { type PanelAnswer, type Panel, lookOf } from './panel.ts';
import { namedColour, svgText, colours, fitting, valueText } from './text.ts';

const largest = 30;
/** Width of a letter as a share of its height, on the average. */
const letterShare = 0.56;

/** The last value of the first series, or its name where the panel shows names. */
export function drawNumber(
  panel: Panel,
  answers: readonly PanelAnswer[],
  width: number,
  height: number,
): string {
  const series = answers.flatMap((answer) => answer.series)[0];
  const value = series?.points.at(-1)?.[1];
  const { unit, decimals, mappings, thresholds } = panel.fieldConfig.defaults;
  if (!series || value === undefined) return centred('–', 'text');
  const text =
    panel.options.textMode === 'name' ? series.name : valueText(value, { unit, decimals, mappings });
  const mapped = mappings.map(({ options }) => options[String(value)]?.color).find(Boolean);
  const step = thresholds?.steps.findLast((each) => each.value === null || value >= each.value);
  return centred(text, mapped ?? step?.color ?? 'text');

  function centred(shown: string, colour: string): string {
    const size = Math.min(largest, (width - 16) / (shown.length * letterShare));
    return svgText(shown, width / 2, height / 2 + size / 3, {
      size,
      fill: namedColour(colour),
      anchor: 'middle',
      weight: 600,
    });
  }
}

const line = 20;
const size = 11.5;

/** As many rows as there is room for, and how many more there are. */
export function drawTable(
  panel: Panel,
  answers: readonly PanelAnswer[],
  width: number,
  height: number,
): string {
  const { columns, rows } = tableRows(panel, answers);
  const room = Math.max(0, Math.floor(height / line) - 2);
  const shown = rows.length > room ? rows.slice(0, Math.max(0, room - 1)) : rows;
  const texts = shown.map((row) => row.map((cell, at) => cellText(cell, panel, columns[at] ?? '')));
  const lengths = columns.map((name, at) =>
    Math.max(name.length, ...texts.map((row) => row[at]?.length ?? 0)),
  );
  const share = width / lengths.reduce((sum, length) => sum + length + 2, 0);
  const lefts = lengths.map(
    (_, at) => lengths.slice(0, at).reduce((sum, length) => sum + length + 2, 0) * share,
  );
  const cells = (row: readonly string[], at: number, fill: string, weight: number) =>
    row
      .map((text, index) => {
        const room = ((lengths[index] ?? 0) + 2) * share - 8;
        return svgText(fitting(text, room, size), (lefts[index] ?? 0) + 4, at, { size, fill, weight });
      })
      .join('');
  const header =
    cells(columns, line, colours.faint, 600) +
    `<line x1="0" x2="${width}" y1="${line + 6}" y2="${line + 6}" stroke="${colours.edge}"/>`;
  const body = texts.map((row, index) => cells(row, (index + 2) * line + 3, colours.text, 400));
  const more =
    shown.length < rows.length
      ? cells([`and ${rows.length - shown.length} more`], (shown.length + 2) * line + 3, colours.faint, 400)
      : '';
  return header + body.join('') + more;
}

function cellText(cell: Cell, panel: Panel, column: string): string {
  if (cell === undefined) return '';
  return typeof cell === 'number' ? valueText(cell, lookOf(panel, column)) : cell;
}

type Cell = string | number | undefined;
type Row = Readonly<Record<string, Cell>>;

interface TableRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const Organize = z.object({
  indexByName: z.record(z.string(), z.int()),
  renameByName: z.record(z.string(), z.string()),
});

/** Grafana's `merge` and `organize`: columns in the panel's order, rows as it sorts them. */
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
