import { type BatchCounts } from './epoch-batches.ts';
import { type Sides } from './in-turns.ts';

export const rowNames = ['train-step', 'train-epoch', 'decode', 'tokenise'] as const;
export type RowName = (typeof rowNames)[number];

/** What one side needed. */
export interface Measurement {
  readonly milliseconds: number;
  /** Tokens and positions of that time, as far as the row has them. */
  readonly counts: Partial<BatchCounts>;
}

export interface MeasuredRow extends Sides<Measurement> {
  readonly name: RowName;
  /** Ratio that we want to reach. */
  readonly target: number;
  /** What the milliseconds are of, such as `a step`. */
  readonly per: string;
  /** Whom we compare with. */
  readonly referenceName: string;
  /** What a reader of the numbers has to know. */
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
