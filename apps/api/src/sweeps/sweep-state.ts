/** A sweep as Redis holds it: one row for the sweep, one for each trial, and the number of the last log entry in them. */
import {
  EarlierResult,
  Sha256,
  type SweepSpec,
  SweepView,
  TrialView,
  toJson,
  fromJson,
} from '@honyaku/contracts';
import { z } from 'zod';
import { countsOf } from './trial-list.ts';

/** What clients see of a sweep, and what the next decisions need beside it. */
export const SweepRow = SweepView.extend({
  dataset: Sha256.optional(),
  /** When the dataset was there. */
  startedAt: z.iso.datetime().optional(),
  /** Trials the sampler may be asked for, and has been. */
  samplerTrials: z.int(),
  asked: z.int(),
  /** Results of other sweeps that the sampler begins with. */
  earlier: z.array(EarlierResult).optional(),
  /** Why nothing more is started: the budget that is spent. */
  ending: z.string().optional(),
});
export type SweepRow = z.output<typeof SweepRow>;

export interface SweepState {
  readonly sweep: SweepRow;
  /** Trial n stands at n − 1; those that the sampler was not asked for yet are not there. */
  readonly trials: readonly TrialView[];
}

/** The state of a sweep that was just submitted. */
export function newSweep(settings: {
  readonly id: string;
  readonly spec: SweepSpec;
  /** Trials that the sampler will be asked for. */
  readonly samplerTrials: number;
  readonly createdAt: string;
}): SweepState {
  const { id, spec, samplerTrials, createdAt } = settings;
  const planned = samplerTrials + spec.trialsByHand.length;
  return {
    sweep: {
      id,
      name: spec.name,
      state: 'preparing',
      spec,
      trials: { ...countsOf([]), planned, pending: planned },
      epochsDone: 0,
      workerSeconds: 0,
      createdAt,
      samplerTrials,
      asked: 0,
    },
    trials: [],
  };
}

/** Without what only decisions need. */
export function sweepViewOf({ sweep }: Pick<SweepState, 'sweep'>): SweepView {
  const { dataset, startedAt, samplerTrials, asked, earlier, ending, ...view } = sweep;
  return view;
}

const trialTexts = new WeakMap<TrialView, string>();

/** A trial's row as JSON in wire form: it is stored and told, and checking it twice would be a third of the work. */
export function trialJson(trial: TrialView): string {
  const before = trialTexts.get(trial);
  if (before !== undefined) return before;
  const text = toJson(TrialView, trial);
  trialTexts.set(trial, text);
  return text;
}

const trialPrefix = 'trial:';

/** The field of a sweep's hash that holds a trial. */
export const trialField = (trialId: string) => `${trialPrefix}${trialId}`;

/** The trial whose row the field holds; undefined for other fields. */
export function trialIdOfField(field: string): string | undefined {
  return field.startsWith(trialPrefix) ? field.slice(trialPrefix.length) : undefined;
}

/** The fields of the Redis hash that differ between two states, as alternating names and values. */
export function changedFields(before: SweepState | undefined, after: SweepState): string[] {
  const fields: string[] = [];
  if (before?.sweep !== after.sweep) fields.push('sweep', toJson(SweepRow, after.sweep));
  for (const trial of changedTrials(before, after)) fields.push(trialField(trial.id), trialJson(trial));
  return fields;
}

/** A loop: it is run over thousands of trials, several times for each of their epochs. */
export function changedTrials(before: SweepState | undefined, after: SweepState): TrialView[] {
  const changed: TrialView[] = [];
  for (let index = 0; index < after.trials.length; index += 1) {
    const trial = after.trials[index];
    if (trial && trial !== before?.trials[index]) changed.push(trial);
  }
  return changed;
}

/** @throws Corrupt when a field does not fit its schema */
export function stateFromFields(fields: Readonly<Record<string, string>>, where: string): SweepState {
  const trials = Object.entries(fields)
    .filter(([name]) => name.startsWith(trialPrefix))
    .map(([name, text]) => fromJson(TrialView, text, `${where} ${name}`))
    .sort((a, b) => a.number - b.number);
  return { sweep: fromJson(SweepRow, fields['sweep'] ?? '', `${where} sweep`), trials };
}
