/** Measured rows: one table for a terminal, two lines a row with its notes below, or a line of JSON a row. */
import { type BatchCounts } from './bench-dataset.ts';
import { type Sides } from './competitors.ts';

export const rowNames = [
  'recurrent-notebook',
  'recurrent-small',
  'recurrent-notebook-bfloat16',
  'recurrent-small-bfloat16',
  'transformer',
  'transformer-small',
  'transformer-bfloat16',
  'transformer-small-bfloat16',
  'epoch',
  'decode',
  'decode-transformer',
  'decode-transformer-beam',
  'tokenise',
] as const;
export type RowName = (typeof rowNames)[number];

/** Time and work of one side. */
export interface Measurement {
  readonly milliseconds: number;
  /** Tokens and positions of that time, as far as the row has them. */
  readonly counts: Partial<BatchCounts>;
}

export interface MeasuredRow extends Sides<Measurement> {
  readonly name: RowName;
  /** Ratio that we want to reach. */
  readonly target: number;
  /** Unit of work of the milliseconds, such as `a step`. */
  readonly per: string;
  /** Name of the competitor. */
  readonly referenceName: string;
  /** Conditions that a reader of the numbers has to know. */
  readonly note: string;
}

/** How many times as fast as the reference we are, to three decimals. */
export function ratioOf({ ours, reference }: Sides<Pick<Measurement, 'milliseconds'>>): number {
  return Number((reference.milliseconds / ours.milliseconds).toFixed(3));
}

/** The row for machines, without a newline. */
export function jsonLineOf(row: MeasuredRow): string {
  return JSON.stringify({ name: row.name, ratio: ratioOf(row), target: row.target });
}

const head = [
  'row',
  'by',
  'time',
  'source tokens/s',
  'source positions/s',
  'target tokens/s',
  'target positions/s',
  'ratio',
  'target',
] as const;
/** Row, by and time; numbers stand to the right of theirs. */
const textColumns = 3;

export function tableText(rows: readonly MeasuredRow[]): string {
  const cells = [
    [...head],
    ...rows.flatMap((row) => [
      [row.name, 'honyaku', ...measured(row.ours, row.per), ratioOf(row).toFixed(2), verdict(row)],
      ['', row.referenceName, ...measured(row.reference, row.per), '', ''],
    ]),
  ];
  const widths = head.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const aligned = cells.map((line) =>
    line
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column < textColumns ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  const notes = rows.map(({ name, note }) => `${name}: ${note}`);
  return [aligned[0], rule, ...aligned.slice(1), '', ratioNote, ...notes, ...againstFloat32(rows)].join('\n');
}

/** What bfloat16 gains over the reference's float32, of rows that were measured in both. */
function againstFloat32(rows: readonly MeasuredRow[]): string[] {
  return rows.flatMap((row) => {
    const float32 = rows.find(({ name }) => row.name === `${name}-bfloat16`);
    if (!float32) return [];
    const ratio = ratioOf({ ours: row.ours, reference: float32.reference }).toFixed(2);
    return [
      `${row.name}: ${ratio} times as fast as ${float32.referenceName} in float32, which ${float32.name} has.`,
    ];
  });
}

const ratioNote =
  'ratio: the reference’s time / ours, more is faster; tokens count each eos (tokenise has none), positions the padding too.';

function verdict(row: MeasuredRow): string {
  return `${row.target.toFixed(2)} ${ratioOf(row) >= row.target ? '✓' : '✗'}`;
}

function measured({ milliseconds, counts }: Measurement, per: string): string[] {
  const perSecond = (count: number | undefined) =>
    count === undefined ? '' : Math.round(count / (milliseconds / 1000)).toLocaleString('en');
  return [
    `${timeText(milliseconds)} ${per}`,
    perSecond(counts.sourceTokens),
    perSecond(counts.sourcePositions),
    perSecond(counts.targetTokens),
    perSecond(counts.targetPositions),
  ];
}

/** `512 ms`, or `12.3 s` from ten seconds on. */
export function timeText(milliseconds: number): string {
  if (milliseconds >= 10_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)} ms`;
}
