import { type TrialView } from '@honyaku/contracts';

/**
 * Which share of the workers' time was neither training nor evaluation, from the records: of each worker the time
 * from the beginning of its first epoch to the end of its last. What there was no work for is left out.
 */
export function idleShare(trials: readonly TrialView[]): number {
  const workers = new Map<string, { worked: number; from: number; to: number }>();
  for (const { worker, committedAt, train, heldOut } of trials.flatMap(({ epochs }) => epochs)) {
    const seconds = train.seconds + heldOut.seconds;
    const to = Date.parse(committedAt) / 1000;
    const from = to - seconds;
    const known = workers.get(worker) ?? { worked: 0, from, to };
    workers.set(worker, {
      worked: known.worked + seconds,
      from: Math.min(known.from, from),
      to: Math.max(known.to, to),
    });
  }
  const all = [...workers.values()];
  const worked = all.reduce((sum, each) => sum + each.worked, 0);
  return 1 - worked / all.reduce((sum, { from, to }) => sum + to - from, 0);
}
