import Table from 'cli-table3';

export interface Result {
  readonly fault: string;
  readonly outcome: 'survived' | 'lost' | 'skipped';
  /** From the fault to the work going on again. */
  readonly seconds?: number;
  readonly note?: string;
}

/** One fault in one line. */
export function resultLine({ fault, outcome, seconds, note }: Result): string {
  const wentOn = seconds === undefined ? '' : `, work went on after ${seconds.toFixed(1)} s`;
  return `${fault}: ${outcome}${wentOn}${note === undefined ? '' : ` (${note})`}`;
}

/** A row for each kind, and as the last line how many faults there were. */
export function summary(results: readonly Result[], seconds: number): string {
  const table = new Table({
    head: ['fault', 'survived', 'went on after, median', 'longest'],
    style: { head: [], border: [], compact: true },
  });
  for (const fault of new Set(results.map((result) => result.fault))) {
    const own = results.filter((result) => result.fault === fault);
    const times = own.flatMap((result) => result.seconds ?? []).sort((a, b) => a - b);
    const survived = own.filter(({ outcome }) => outcome === 'survived').length;
    const shown = (value: number | undefined) => (value === undefined ? '' : `${value.toFixed(1)} s`);
    const skipped = own.every(({ outcome }) => outcome === 'skipped');
    table.push([
      fault,
      skipped ? `skipped: ${own[0]?.note}` : `${survived} of ${own.length}`,
      shown(times[times.length >> 1]),
      shown(times.at(-1)),
    ]);
  }
  const count = (outcome: Result['outcome']) => results.filter((result) => result.outcome === outcome).length;
  const skipped = count('skipped') === 0 ? '' : `, ${count('skipped')} skipped`;
  return `${table.toString()}\n${results.length} faults in ${Math.round(seconds)} s: ${count('survived')} survived, ${count('lost')} lost${skipped}`;
}
