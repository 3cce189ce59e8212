/** Figures of a simulation, with their targets. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The most that is allowed; null where it is only reported. */
  readonly target: number | null;
}

function isMissed({ value, target }: Figure): boolean {
  return target !== null && !(value <= target);
}

/** The value that `share` of the values do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** Prints the figures, as lines of JSON or as a table for people. @returns whether every target is met */
export function reportFigures(figures: readonly Figure[], json: boolean): boolean {
  const lines = json ? figures.map((figure) => JSON.stringify(figure)) : [figureTable(figures)];
  for (const line of lines) process.stdout.write(`${line}\n`);
  return !figures.some(isMissed);
}

function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { name, value, unit, target } = figure;
    const shown = `${value >= 100 ? Math.round(value) : value.toPrecision(3)} ${unit}`;
    const goal = target === null ? '' : `at most ${target} ${unit}${isMissed(figure) ? ' — missed' : ' ✓'}`;
    return [name.padEnd(46), shown.padStart(14), goal].join('  ');
  });
  return rows.join('\n');
}
