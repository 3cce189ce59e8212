/** What planning threads do: reads bodies, checks them against their schemas, and plans sweeps. */
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
import { readYaml, yamlLimits } from '@honyaku/contracts/yaml';
import { type TrainedBefore, checkedPlan, plannedBySampler, previewOf } from '@honyaku/sweep-engine';
import { stringify } from 'yaml';
import { type z } from 'zod';
import { type TextBody } from '../http/body-parsers.ts';

/** Says what the thread is at: the beginning of the sentence that refuses what takes too long. */
type Doing = (what: string) => void;

const sweepOf = checked(SweepSpec, 'sweep');

export const tasks = {
  extension: checked(SweepExtension, 'extend'),
  trialsByHand: checked(TrialsByHand, 'trials'),
  translation: checked(TranslateRequest, 'translate'),

  /** A sweep to be submitted, with its text as YAML. */
  sweep: (body: TextBody, doing: Doing): { spec: SweepSpec; yaml: string } => {
    const spec = sweepOf(body, doing);
    doing(planOf(spec));
    checkedPlan(spec);
    return { spec, yaml: body.format === 'YAML' ? body.text : stringify(spec) };
  },

  preview: (
    { body, earlier }: { body: TextBody; earlier: readonly TrainedBefore[] },
    doing: Doing,
  ): Preview => {
    const spec = sweepOf(body, doing);
    doing(planOf(spec));
    return previewOf(spec, earlier);
  },

  /** Refuses a sweep whose plan is not sound. */
  check: (spec: SweepSpec, doing: Doing): void => {
    doing(planOf(spec));
    checkedPlan(spec);
  },

  /** How many trials the sampler of a stored sweep is asked for; its plan was checked when it was submitted. */
  planned: (spec: SweepSpec, doing: Doing): number => {
    doing(planOf(spec));
    return plannedBySampler(spec);
  },
};
export type Tasks = typeof tasks;

/** A body that has a schema. @param name what its refusal calls it */
function checked<Schema extends z.ZodType>(schema: Schema, name: string) {
  return (body: TextBody, doing: Doing): z.output<Schema> => {
    doing(`${name}: reading ${body.text.length} characters of ${body.format}`);
    return parseInput(schema, valueOf(body), name);
  };
}

function planOf({ sampler, trials, parameters }: SweepSpec): string {
  const ranges = Object.values(parameters).filter((range) => typeof range === 'object').length;
  return `sweep: planning ${trials} trials of the sampler ${sampler} over ${ranges} ranges`;
}

/** @throws InvalidInput when it is not of its format, too deep or of too many values */
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
    entries += inner.length;
    if (depth > yamlLimits.depth)
      throw new InvalidInput(`body: JSON nested more than ${yamlLimits.depth} deep`);
    if (entries > yamlLimits.entries)
      throw new InvalidInput(`body: JSON of more than ${yamlLimits.entries} values`);
    for (const each of inner) waiting.push({ value: each, depth });
  }
  return value;
}
