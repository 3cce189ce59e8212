/** The tasks of planning threads: they parse request bodies, check them against their schemas and plan sweeps. */
import {
  InvalidInput,
  type Preview,
  SweepExtension,
  SweepSpec,
  TranslateRequest,
  TrialsByHand,
  messageOf,
  parseInput,
} from '@honyaku/contracts';
import { protoMessage, readYaml, yamlLimits } from '@honyaku/contracts/yaml';
import { type TrainedBefore, checkedPlan, plannedBySampler, previewOf } from '@honyaku/sweep-engine';
import { stringify } from 'yaml';
import { type z } from 'zod';
import { type TextBody } from '../http/body-parsers.ts';

/** Reports what the task is doing; the error for a task that takes too long begins with it. */
type Report = (activity: string) => void;

const sweepOf = checked(SweepSpec, 'sweep');

export const tasks = {
  extension: checked(SweepExtension, 'extend'),
  trialsByHand: checked(TrialsByHand, 'trials'),
  translation: checked(TranslateRequest, 'translate'),

  /** A sweep to be submitted, with its text as YAML. */
  sweep: (body: TextBody, report: Report): { spec: SweepSpec; yaml: string } => {
    const spec = sweepOf(body, report);
    report(planningOf(spec));
    checkedPlan(spec);
    return { spec, yaml: body.format === 'YAML' ? body.text : stringify(spec) };
  },

  preview: (
    { body, earlier }: { body: TextBody; earlier: readonly TrainedBefore[] },
    report: Report,
  ): Preview => {
    const spec = sweepOf(body, report);
    report(planningOf(spec));
    return previewOf(spec, earlier);
  },

  /** Throws when the sweep's plan is invalid. */
  check: (spec: SweepSpec, report: Report): void => {
    report(planningOf(spec));
    checkedPlan(spec);
  },

  /** The number of trials that a stored sweep asks its sampler for; its plan was checked when it was submitted. */
  planned: (spec: SweepSpec, report: Report): number => {
    report(planningOf(spec));
    return plannedBySampler(spec);
  },
};
export type Tasks = typeof tasks;

/** The task that parses a body and checks it against the schema. @param name of the body, for errors */
function checked<Schema extends z.ZodType>(schema: Schema, name: string) {
  return (body: TextBody, report: Report): z.output<Schema> => {
    report(`${name}: reading ${body.text.length} characters of ${body.format}`);
    return parseInput(schema, valueOf(body), name);
  };
}

function planningOf({ sampler, trials, parameters }: SweepSpec): string {
  const ranges = Object.values(parameters).filter((range) => typeof range === 'object').length;
  return `sweep: planning ${trials} trials of the sampler ${sampler} over ${ranges} ranges`;
}

/** @throws InvalidInput when the text is malformed, nested too deep or has too many values */
function valueOf({ format, text }: TextBody): unknown {
  if (format === 'JSON') return jsonValue(text);
  const read = readYaml(text);
  if ('problem' in read) throw new InvalidInput(`body:${read.problem.line}: ${read.problem.message}`);
  return read.value;
}

function jsonValue(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput(`body: not JSON: ${messageOf(cause)}`, { cause });
  }
  const waiting = [{ value, depth: 0 }];
  let entries = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    const inner: unknown[] = Object.values(next.value);
    const depth = next.depth + 1;
    if (Object.hasOwn(next.value, '__proto__')) throw new InvalidInput(`body: ${protoMessage}`);
    entries += inner.length;
    if (depth > yamlLimits.depth)
      throw new InvalidInput(`body: JSON nested more than ${yamlLimits.depth} deep`);
    if (entries > yamlLimits.entries)
      throw new InvalidInput(`body: JSON of more than ${yamlLimits.entries} values`);
    for (const each of inner) waiting.push({ value: each, depth });
  }
  return value;
}
