/**
 * A sweep as JSON in wire form: the fields of its Redis hash (one for its row, one for each trial, and the number of
 * the last log entry in them), and the rows that clients are sent. A row stays the same object while others change,
 * so each is checked and written down once.
 */
import { EarlierResult, SweepSpec, SweepView, TrialView, fromJson, toJson } from '@honyaku/contracts';
import { SweepRow, type SweepState, changedTrials } from '@honyaku/sweep-engine';
import { z } from 'zod';
import { Slices } from '../event-loop/slices.ts';

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

/** A trial's row as JSON in wire form: it is stored and sent, and checking it twice would be a third of the work. */
export const trialJson = keptJson(TrialView);

const specJson = keptJson(SweepSpec);
const earlierJson = keptJson(z.array(EarlierResult));
const RestOfRow = SweepRow.omit({ spec: true, earlier: true });
const RestOfView = SweepView.omit({ spec: true });

/** A sweep's row as JSON in wire form. A thousand trials by hand in its file must not cost each decision anew. */
function rowJson({ spec, earlier, ...rest }: SweepRow): string {
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
