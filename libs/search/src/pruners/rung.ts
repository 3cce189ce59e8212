/**
 * Rungs: amounts of training at which trials are compared, and what is said of a trial there. A trial reaches a rung
 * with the first report whose resource is at least the rung's, and from then on has the perplexity of that report
 * there, however much further it goes.
 */
import { type Evidence, InvalidInput, type ResourceUnit, type SweepSpec } from '@honyaku/contracts';
import quickselect from 'quickselect';
import { type Judged, type PrunerVerdict, type Report, type ReportedTrial } from './pruner.ts';

export interface Rung {
  readonly at: number;
  readonly unit: ResourceUnit;
}

/** Where a trial stands at a rung, among all that have reached it. */
export interface Standing {
  /** The trial's own perplexity there. */
  readonly value: number;
  /** 1 is the best; of equal trials the one with the lower number is better. */
  readonly rank: number;
  readonly of: number;
  /** The perplexity there of the trial of a rank, what is not finite as Infinity; NaN for a rank that no trial has. */
  readonly ofRank: (rank: number) => number;
}

/** A perplexity for comparison: what is not finite is the worst. */
export function comparable(value: number): number {
  return Number.isFinite(value) ? value : Infinity;
}

export function resourceOf(report: Report, unit: ResourceUnit): number {
  return unit === 'epochs' ? report.epoch : report.tokens;
}

/** The report with which a trial reached the rung; undefined when it has not. */
export function reportAt({ at, unit }: Rung, { reports }: ReportedTrial): Report | undefined {
  // Where every epoch is reported, the report stands in its epoch's place.
  const placed = reports[at - 1];
  if (unit === 'epochs' && placed?.epoch === at) return placed;
  let low = 0;
  let high = reports.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const report = reports[middle];
    if (report !== undefined && resourceOf(report, unit) < at) low = middle + 1;
    else high = middle;
  }
  return reports[low];
}

/** The highest of the rungs that the trial reached with its last report and not before. */
export function newlyReached(rungs: readonly number[], unit: ResourceUnit, own: Judged): number | undefined {
  const before = own.reports.at(-2);
  const from = before === undefined ? -Infinity : resourceOf(before, unit);
  const to = resourceOf(own.last, unit);
  return rungs.findLast((rung) => rung > from && rung <= to);
}

/** @throws InvalidInput where the sweep's last epoch leaves no room for a rung */
export function checkLowestRung(
  { minResource, unit }: { readonly minResource: number; readonly unit: ResourceUnit },
  { epochs }: Pick<SweepSpec, 'epochs'>,
): void {
  if (unit === 'epochs' && minResource >= epochs && epochs > 1)
    throw new InvalidInput(
      `pruner.minResource: ${minResource} leaves no rung below the ${epochs} epochs of the sweep; use at most ${epochs - 1}`,
    );
}

/** Compares a trial that has reached the rung with all others that have; takes O(n). */
export function standingAt(rung: Rung, own: Judged, trials: readonly ReportedTrial[]): Standing {
  const { value } = own.last;
  const mine = comparable(value);
  const values: number[] = [];
  let better = 0;
  for (const trial of trials) {
    const report = reportAt(rung, trial);
    if (report === undefined) continue;
    const theirs = comparable(report.value);
    values.push(theirs);
    if (theirs < mine || (theirs === mine && trial.number < own.number)) better += 1;
  }
  return { value, rank: better + 1, of: values.length, ofRank: (rank) => nth(values, rank) };
}

/** Puts the values into another order. */
function nth(values: number[], rank: number): number {
  if (rank < 1 || rank > values.length) return NaN;
  quickselect(values, rank - 1);
  return values[rank - 1] ?? NaN;
}

/** A perplexity for people. */
export function shown(value: number): string {
  return String(Number(value.toPrecision(5)));
}

/** "perplexity 71.2 at epoch 3 ranks 5 of 9", with the tokens when rungs are counted in them. */
function standingInWords({ at, unit }: Rung, { last }: Judged, { rank, of }: Standing): string {
  const rung = unit === 'epochs' ? '' : ` (rung of ${at} target tokens)`;
  return `perplexity ${shown(last.value)} at epoch ${last.epoch}${rung} ranks ${rank} of ${of}`;
}

/** Goes on without a comparison, for a reason that follows on "perplexity 71.2 at epoch 3: ". */
export function goOn(own: Judged, unit: ResourceUnit, why: string): PrunerVerdict {
  const { epoch, value } = own.last;
  return {
    action: 'continue',
    unit,
    epoch,
    value,
    reason: `perplexity ${shown(value)} at epoch ${epoch}: ${why}`,
  };
}

/** The evidence of a comparison at a rung; `clause` follows on "perplexity 71.2 at epoch 3 ranks 5 of 9; ". */
export function compared(
  rung: Rung,
  own: Judged,
  standing: Standing,
  clause: string,
  cutOff?: number,
): Evidence {
  return {
    unit: rung.unit,
    epoch: own.last.epoch,
    value: own.last.value,
    rung: rung.at,
    rank: standing.rank,
    of: standing.of,
    ...(cutOff === undefined ? {} : { cutOff }),
    reason: `${standingInWords(rung, own, standing)}; ${clause}`,
  };
}

/**
 * The stopping form of successive halving: a trial goes on when it ranks among the best max(1, ⌊n/η⌋) of the n that have reached the rung so far,
 * itself included, else it stops; so with fewer than η it goes on when it is the best so far. This is the rule
 * of Optuna's SuccessiveHalvingPruner but for equal values. What is not finite stops.
 */
export function halve(
  rung: Rung,
  reductionFactor: number,
  own: Judged,
  trials: readonly ReportedTrial[],
): PrunerVerdict {
  const standing = standingAt(rung, own, trials);
  const kept = Math.max(1, Math.floor(standing.of / reductionFactor));
  const cutOff = standing.ofRank(kept);
  const finite = Number.isFinite(own.last.value);
  const action = standing.rank <= kept && finite ? 'continue' : 'stop';
  const tie = finite && action === 'stop' && own.last.value === cutOff ? ', which an earlier trial has' : '';
  const clause = `the best ${kept} go on; the cut-off is ${shown(cutOff)}${tie}`;
  return { action, ...compared(rung, own, standing, clause, cutOff) };
}
