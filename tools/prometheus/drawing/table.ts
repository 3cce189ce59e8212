/** A panel of rows and columns. */
import { type PanelAnswer } from './ask.ts';
import { lookOf, type Panel } from './panel.ts';
import { colours, fitting, svgText } from './svg-text.ts';
import { type Cell, tableRows } from './table-rows.ts';
import { valueText } from './value-text.ts';

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
