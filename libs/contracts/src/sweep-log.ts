/**
 * `sweeps/<sweep>/log/00000001.json`, `00000002.json`, …: what happened in a sweep and what was decided on
 * it. An entry is created by a conditional put, so of all who would decide next exactly one does, and nobody
 * decides twice. A sweep's state is the fold of its log; Redis holds the result for those who look.
 */
import { z } from 'zod';
import { EpochView, UnreadableSweep } from './api.ts';
import { Sha256 } from './digest.ts';
import { NewerVersion, errorKinds } from './errors.ts';
import { Hyperparameters } from './hyperparameters.ts';
import { SweepId, TrialId } from './identifiers.ts';
import { fromJson, fromWire } from './json.ts';
import { Measure } from './numbers.ts';
import { resourceUnits } from './pruner.ts';
import { SearchSpace, TrialByHand } from './sweep-spec.ts';

const epoch = z.int().min(1);

/** An epoch as the log and the live state hold it; its samples stay in the evaluation's record. */
export const CommittedEpoch = EpochView.omit({ samples: true });
export type CommittedEpoch = z.output<typeof CommittedEpoch>;

/** What more a sweep is to do; totals, so that asking twice changes nothing. */
export const SweepExtension = z.strictObject({
  trials: z.int().min(1).max(10_000).optional(),
  epochs: z.int().min(1).max(10_000).optional(),
  parameters: SearchSpace.optional(),
  /** Sweeps on the same dataset whose results the sampler takes into account as well. */
  warmStart: z.array(SweepId).max(20).optional(),
});
export type SweepExtension = z.output<typeof SweepExtension>;

/** What came of a trial of another sweep, as it was when this one was told. */
export const EarlierResult = z.strictObject({ hyperparameters: Hyperparameters, perplexity: Measure });
export type EarlierResult = z.output<typeof EarlierResult>;
const earlier = z.array(EarlierResult).optional();
/** What a sweep learns from others in all; a log of an earlier version may have more. */
export const maxEarlierResults = 1_000;

/** What happens to a sweep from outside: by workers, by people, by time. */
export const SweepEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('dataset-ready'), dataset: Sha256, earlier }),
  z.strictObject({ type: z.literal('sweep-failed'), reason: z.string() }),
  z.strictObject({ type: z.literal('epoch-committed'), trialId: TrialId, epoch: CommittedEpoch }),
  z.strictObject({
    type: z.literal('epoch-failed'),
    trialId: TrialId,
    epoch,
    kind: z.enum(errorKinds),
    reason: z.string(),
  }),
  z.strictObject({ type: z.literal('paused') }),
  z.strictObject({ type: z.literal('resumed') }),
  z.strictObject({ type: z.literal('cancelled') }),
  z.strictObject({ type: z.literal('failed-retried') }),
  z.strictObject({ type: z.literal('extended'), extension: SweepExtension, earlier }),
  z.strictObject({ type: z.literal('trials-added'), trials: z.array(TrialByHand).min(1) }),
  /** A checkpoint that retention is to leave alone, or no longer. */
  z.strictObject({ type: z.literal('pinned'), trialId: TrialId, epoch, pinned: z.boolean() }),
  /** A look at the clock: the budget of hours may be spent. */
  z.strictObject({ type: z.literal('time-passed') }),
]);
export type SweepEvent = z.output<typeof SweepEvent>;

/** What the pruner compared a trial with, and what it came to. */
export const Evidence = z.strictObject({
  unit: z.enum(resourceUnits),
  epoch,
  /** The trial's held-out perplexity after the epoch. */
  value: Measure,
  /** The rung that was judged, in `unit`; the rest is there with it alone. */
  rung: z.number().optional(),
  /** Among the trials that had reached the rung; 1 is the best. */
  rank: z.int().optional(),
  of: z.int().optional(),
  /** The perplexity that had to be met. */
  cutOff: Measure.optional(),
  /** One sentence for people. */
  reason: z.string(),
});
export type Evidence = z.output<typeof Evidence>;

const goesOnOrNot = { action: z.enum(['continue', 'stop', 'pause']) };
/** The trial goes on from the checkpoint that `from` had after the same epoch, with these settings. */
const exploits = { action: z.literal('exploit'), from: TrialId, hyperparameters: Hyperparameters };

/** Whether a trial goes on, and from where. */
export const Verdict = z.discriminatedUnion('action', [
  Evidence.extend(goesOnOrNot),
  Evidence.extend(exploits),
]);
export type Verdict = z.output<typeof Verdict>;

const onTrial = { type: z.literal('verdict'), trialId: TrialId };

/** A paused trial has earned more epochs. */
export const Promotion = Evidence.extend({ trialId: TrialId });
export type Promotion = z.output<typeof Promotion>;

/** What follows from an event; replaying the events gives the same decisions again. */
export const Decision = z.discriminatedUnion('type', [
  /** The pruner's, on a trial's newest epoch. */
  z.discriminatedUnion('action', [
    Evidence.extend({ ...onTrial, ...goesOnOrNot }),
    Evidence.extend({ ...onTrial, ...exploits }),
  ]),
  /** A trial of the sampler begins. */
  z.strictObject({ type: z.literal('asked'), trialId: TrialId, hyperparameters: Hyperparameters }),
  /** A paused trial goes on. */
  Promotion.extend({ type: z.literal('promoted') }),
]);
export type Decision = z.output<typeof Decision>;

export const SweepLogEntry = z.strictObject({
  sweepId: SweepId,
  /** From 1, without gaps. */
  sequence: z.int().min(1),
  at: z.iso.datetime(),
  /** None where a later version wrote nothing but events that may be ignored. */
  events: z.array(SweepEvent),
  decisions: z.array(Decision),
});
export type SweepLogEntry = z.output<typeof SweepLogEntry>;

/** What the events and decisions of each version have. */
const AnyKind = z.looseObject({ type: z.string(), mayIgnore: z.boolean().optional() });
const AnyEntry = z.looseObject({ events: z.array(AnyKind), decisions: z.array(AnyKind) });
const knownEvents: ReadonlySet<string> = new Set(SweepEvent.options.map(({ shape }) => shape.type.value));
const knownDecisions: ReadonlySet<string> = new Set<Decision['type']>(['verdict', 'asked', 'promoted']);

/**
 * Reads an entry that any version wrote. Events of unknown types are left out where they say `mayIgnore`: they change
 * nothing that is decided later, such as a note for people. No other may be left out, and no decision: a state that is
 * folded without it would be another than that on which the next entries were decided.
 * @throws NewerVersion when only a later version can fold it; Corrupt
 */
export function readLogEntry(text: string, where: string): SweepLogEntry {
  const entry = fromJson(AnyEntry, text, where);
  const events = entry.events.filter(({ type, mayIgnore }) => mayIgnore !== true || knownEvents.has(type));
  const unknown =
    events.find(({ type }) => !knownEvents.has(type)) ??
    entry.decisions.find(({ type }) => !knownDecisions.has(type));
  if (unknown)
    throw new NewerVersion(`${where} has something of the type ${unknown.type}, which is not known here`);
  return fromWire(SweepLogEntry, { ...entry, events }, where);
}

/** A page of the log. */
export const SweepLogList = z.strictObject({
  entries: z.array(SweepLogEntry),
  /** Ask for those `after` this one next; left out on the last page. */
  next: z.int().min(1).optional(),
});
export type SweepLogList = z.output<typeof SweepLogList>;

/** Trials by hand of a sweep, those of its file among them. */
export const maxTrialsByHand = 1_000;
export const TrialsByHand = z.strictObject({ trials: z.array(TrialByHand).min(1).max(maxTrialsByHand) });
export type TrialsByHand = z.output<typeof TrialsByHand>;

/** What a sweep would come to, before anything is spent. */
export const Preview = z.strictObject({
  trials: z.int(),
  /** At the most; a pruner ends trials earlier. */
  epochs: z.int(),
  /** From the epochs of earlier sweeps on the same dataset; none when there are none. */
  estimate: z.strictObject({ workerSeconds: z.number(), fromEpochs: z.int() }).optional(),
  /** Of the first trials, as far as they do not depend on results. */
  settings: z.array(Hyperparameters),
  /** Sentences on what is allowed and perhaps not meant; not there when there is nothing to say. */
  notes: z.array(z.string()).optional(),
});
export type Preview = z.output<typeof Preview>;

export const ReindexResult = z.strictObject({
  sweeps: z.array(SweepId),
  /** Those of the bucket that could not be read; none when all could. */
  unreadable: z.array(UnreadableSweep).optional(),
});
export type ReindexResult = z.output<typeof ReindexResult>;

/** A reindex in the background, as far as it has come; the last one when none runs. */
export const ReindexState = z.strictObject({
  state: z.enum(['never', 'running', 'done', 'failed']),
  /** Why it failed. */
  reason: z.string().optional(),
  /** Sweeps of the bucket that were looked at. */
  seen: z.int().min(0),
  startedAt: z.iso.datetime().optional(),
  endedAt: z.iso.datetime().optional(),
  /** When it is done. */
  result: ReindexResult.optional(),
});
export type ReindexState = z.output<typeof ReindexState>;
