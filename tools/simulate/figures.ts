/** Figures of a simulation, with their targets. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What is wanted on a quiet machine of today; null where the value is only reported. */
  readonly target: number | null;
  /** What this machine does in the same run; the value is to be at most so many times as much. */
  readonly peer?: { readonly name: string; readonly value: number; readonly times: number };
}

/** A machine that is slow in everything meets the peer's target; without a peer the absolute one counts. */
function isMissed({ value, target, peer }: Figure): boolean {
  if (peer) return !(value <= peer.times * peer.value);
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
    const { name, value, unit, target, peer } = figure;
    const verdict = isMissed(figure) ? 'missed' : '✓';
    const wanted = target === null ? [] : [`${target} ${unit}`];
    const goal = peer
      ? [
          `at most ${peer.times === 1 ? '' : `${peer.times} × `}${peer.name} (${shown(peer.value)} ${unit}): ${verdict}`,
          ...wanted.map((text) => `${text} wanted`),
        ]
      : wanted.map((text) => `at most ${text}: ${verdict}`);
    return [name.padEnd(46), `${shown(value)} ${unit}`.padStart(14), goal.join('; ')].join('  ').trimEnd();
  });
  return rows.join('\n');
}

function shown(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
