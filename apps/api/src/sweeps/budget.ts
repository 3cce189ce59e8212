import { type SweepRow } from './sweep-state.ts';

/** Which part of the sweep's budget is spent, as a sentence; undefined while none is. @param now ISO timestamp */
export function spentBudget(
  { spec: { budget }, epochsDone, workerSeconds, startedAt }: SweepRow,
  now: string,
): string | undefined {
  if (budget.epochs !== undefined && epochsDone >= budget.epochs)
    return `the budget of ${budget.epochs} epochs is spent`;
  if (budget.workerHours !== undefined && workerSeconds >= budget.workerHours * 3600)
    return `the budget of ${budget.workerHours} worker-hours is spent`;
  const running = startedAt === undefined ? 0 : Date.parse(now) - Date.parse(startedAt);
  if (budget.hours !== undefined && running >= budget.hours * 3_600_000)
    return `the budget of ${budget.hours} hours is spent`;
  return undefined;
}
