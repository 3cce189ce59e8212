/** A sweep as Redis holds it: one row for the sweep, one for each trial, and a version that every change raises. */
import { Sha256, type SweepSpec, SweepView, TrialView, toJson, fromJson } from '@honyaku/contracts';
import { z } from 'zod';

/** What clients see of a sweep, and which dataset its trials read. */
export const SweepRow = SweepView.extend({ dataset: Sha256.optional() });
export type SweepRow = z.output<typeof SweepRow>;

export interface SweepState {
  readonly sweep: SweepRow;
  /** In order of number; empty until the dataset is there. */
  readonly trials: readonly TrialView[];
}

/** The state of a sweep that was just submitted. */
export function newSweep(settings: {
  readonly id: string;
  readonly spec: SweepSpec;
  readonly planned: number;
  readonly createdAt: string;
}): SweepState {
  const { id, spec, planned, createdAt } = settings;
  const counts = { planned, pending: planned, running: 0, completed: 0, failed: 0, cancelled: 0 };
  return {
    sweep: { id, name: spec.name, state: 'preparing', spec, trials: counts, epochsDone: 0, createdAt },
    trials: [],
  };
}

export function sweepViewOf({ sweep }: Pick<SweepState, 'sweep'>): SweepView {
  return SweepView.strip().parse(z.encode(SweepRow, sweep));
}

const trialPrefix = 'trial:';

/** The field of a sweep's hash that holds a trial. */
export const trialField = (trialId: string) => `${trialPrefix}${trialId}`;

/** The fields of the Redis hash that differ between two states, as alternating names and values. */
export function changedFields(before: SweepState | undefined, after: SweepState): string[] {
  const fields: string[] = [];
  if (before?.sweep !== after.sweep) fields.push('sweep', toJson(SweepRow, after.sweep));
  const known = new Set(before?.trials);
  for (const trial of after.trials) {
    if (!known.has(trial)) fields.push(trialField(trial.id), toJson(TrialView, trial));
  }
  return fields;
}

/** @throws Corrupt when a field does not fit its schema */
export function stateFromFields(fields: Readonly<Record<string, string>>, where: string): SweepState {
  const trials = Object.entries(fields)
    .filter(([name]) => name.startsWith(trialPrefix))
    .map(([name, text]) => fromJson(TrialView, text, `${where} ${name}`))
    .sort((a, b) => a.number - b.number);
  return { sweep: fromJson(SweepRow, fields['sweep'] ?? '', `${where} sweep`), trials };
}
