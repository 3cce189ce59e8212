/** A sweep as Redis holds it: one row for the sweep, one for each trial, and the number of the last log entry in them. */
import { EarlierResult, Sha256, SweepSpec, SweepView, TrialView, toJson, fromJson } from '@honyaku/contracts';
import { z } from 'zod';
import { Slices } from '../slices.ts';
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

/** JSON in wire form of what stays the same object while much else changes: it is checked and written down once. */
function keptJson<Schema extends z.ZodType<object>>(schema: Schema): (value: z.output<Schema>) => string {
  const texts = new WeakMap<object, string>();
  return (value) => {
    const before = texts.get(value);
    if (before !== undefined) return before;
    const text = toJson(schema, value);
    texts.set(value, text);
    return text;
  };
}

/** A trial's row as JSON in wire form: it is stored and told, and checking it twice would be a third of the work. */
export const trialJson = keptJson(TrialView);

const specJson = keptJson(SweepSpec);
const earlierJson = keptJson(z.array(EarlierResult));
const RestOfRow = SweepRow.omit({ spec: true, earlier: true });
const RestOfView = SweepView.omit({ spec: true });

/** A sweep's row as JSON in wire form. A thousand trials by hand in its file must not cost each decision anew. */
export function rowJson({ spec, earlier, ...rest }: SweepRow): string {
  const learnt = earlier === undefined ? {} : { earlier: earlierJson(earlier) };
  return withFields(toJson(RestOfRow, rest), { spec: specJson(spec), ...learnt });
}

/** The same of what clients see. */
export function viewJson({ spec, ...rest }: SweepView): string {
  return withFields(toJson(RestOfView, rest), { spec: specJson(spec) });
}

/** The JSON of an object that has fields, with more of them. */
function withFields(json: string, fields: Readonly<Record<string, string>>): string {
  const more = Object.entries(fields).map(([name, text]) => `,"${name}":${text}`);
  return `${json.slice(0, -1)}${more.join('')}}`;
}

const trialPrefix = 'trial:';

/** The field of a sweep's hash that holds a trial. */
export const trialField = (trialId: string) => `${trialPrefix}${trialId}`;

/** The trial whose row the field holds; undefined for other fields. */
export function trialIdOfField(field: string): string | undefined {
  return field.startsWith(trialPrefix) ? field.slice(trialPrefix.length) : undefined;
}

/** Of the Redis hash: its names and values, alternating. */
export type Fields = readonly string[];

/** The fields that differ between two states: of the sweep's own row, then of each trial. */
export function* changedFields(before: SweepState | undefined, after: SweepState): Generator<Fields> {
  if (before?.sweep !== after.sweep) yield ['sweep', rowJson(after.sweep)];
  for (const trial of changedTrials(before, after)) yield [trialField(trial.id), trialJson(trial)];
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

/** In slices. @throws Corrupt when a field does not fit its schema */
export async function stateFromFields(
  fields: Readonly<Record<string, string>>,
  where: string,
): Promise<SweepState> {
  const slices = new Slices();
  const trials: TrialView[] = [];
  for (const [name, text] of Object.entries(fields)) {
    if (!name.startsWith(trialPrefix)) continue;
    trials.push(fromJson(TrialView, text, `${where} ${name}`));
    await slices.step();
  }
  trials.sort((a, b) => a.number - b.number);
  return { sweep: fromJson(SweepRow, fields['sweep'] ?? '', `${where} sweep`), trials };
}
