/**
 * The tasks of planning threads: they parse request bodies, check them against their schemas and plan sweeps, and write
 * large answers, since a text is handed to the event loop faster than what it says.
 */
import {
  type Constants,
  InvalidInput,
  Preview,
  StartModel,
  type StoredLogEntry,
  SweepExtension,
  SweepLogEntry,
  SweepSpec,
  TranslateRequest,
  TrialsByHand,
  addedWithConstants,
  parseInput,
  readStoredLogEntry,
  storedDatasetOf,
  storedSpec,
  toJson,
  withConstants,
} from '@honyaku/contracts';
import { readYaml } from '@honyaku/contracts/yaml';
import { type TrainedBefore, checkedPlan, plannedBySampler, previewOf } from '@honyaku/sweep-engine';
import { stringify } from 'yaml';
import { type z } from 'zod';
import { type TextBody } from '../http/body-parsers.ts';
import { jsonValue } from './json-value.ts';

/** Reports what the task is doing; the error for a task that takes too long begins with it. */
type Report = (activity: string) => void;

const sweepOf = checked(SweepSpec, 'sweep', withConstants);

export const tasks = {
  extension: checked(SweepExtension, 'extend'),
  translation: checked(TranslateRequest, 'translate'),
  start: checked(StartModel, 'start'),

  /** @param constants of the sweep, for what a trial does not set */
  trialsByHand: (
    { body, constants }: { body: TextBody; constants: Constants },
    report: Report,
  ): TrialsByHand =>
    checked(TrialsByHand, 'trials', (input) => addedWithConstants(input, constants))(body, report),

  /** A sweep to be submitted, with its text as YAML. */
  sweep: (body: TextBody, report: Report): { spec: SweepSpec; yaml: string } => {
    const submitted = sweepOf(body, report);
    const spec = storedSpec(submitted);
    report(planningOf(spec));
    checkedPlan(spec);
    return { spec, yaml: body.format === 'YAML' ? body.text : stringify(submitted) };
  },

  /** A sweep, and its preview as JSON in wire form. */
  preview: (
    { body, earlier }: { body: TextBody; earlier: readonly TrainedBefore[] },
    report: Report,
  ): { spec: SweepSpec; preview: string } => {
    const submitted = sweepOf(body, report);
    // Earlier sweeps are found by the dataset as it is stored.
    const spec = { ...submitted, dataset: storedDatasetOf(submitted) };
    report(planningOf(spec));
    return { spec, preview: toJson(Preview, previewOf(spec, earlier)) };
  },

  /** Throws when the sweep's plan is invalid. */
  check: (spec: SweepSpec, report: Report): void => {
    report(planningOf(spec));
    checkedPlan(spec);
  },

  /** A stored entry of a log as JSON in the wire form of this version. */
  logEntry: (stored: StoredLogEntry, report: Report): string => {
    report(`log: reading ${stored.text.length} characters`);
    return toJson(SweepLogEntry, readStoredLogEntry(stored));
  },

  /** The number of trials that a stored sweep asks its sampler for; its plan was checked when it was submitted. */
  planned: (spec: SweepSpec, report: Report): number => {
    report(planningOf(spec));
    return plannedBySampler(spec);
  },
};
export type Tasks = typeof tasks;

/**
 * The task that parses a body and checks it against the schema.
 * @param name of the body, for errors
 * @param completed adds what the author may leave out, before the check
 */
function checked<Schema extends z.ZodType>(
  schema: Schema,
  name: string,
  completed: (input: unknown) => unknown = (input) => input,
) {
  return (body: TextBody, report: Report): z.output<Schema> => {
    report(`${name}: reading ${body.text.length} characters of ${body.format}`);
    return parseInput(schema, completed(valueOf(body)), name);
  };
}

function planningOf({ sampler, trials, parameters }: SweepSpec): string {
  const ranges = Object.values(parameters).filter((range) => typeof range === 'object').length;
  return `sweep: planning ${trials} trials of the sampler ${sampler} over ${ranges} ranges`;
}

/** @throws InvalidInput when the text is malformed, nested too deep, has too many values or a key twice */
function valueOf({ format, text }: TextBody): unknown {
  if (format === 'JSON') return jsonValue(text);
  const read = readYaml(text);
  if ('problem' in read) throw new InvalidInput(`body:${read.problem.line}: ${read.problem.message}`);
  return read.value;
}
