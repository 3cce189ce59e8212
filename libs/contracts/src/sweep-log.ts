/**
 * `sweeps/<sweep>/log/00000001.json`, `00000002.json`, …: the events of a sweep and the decisions on them. An entry is
 * created by a conditional put, so exactly one of several processes decides next. A sweep's state is the fold of its
 * log; Redis holds a read model of it.
 */
import { z } from 'zod';
import { EpochView, UnreadableSweep } from './api.ts';
import { Sha256 } from './digest.ts';
import { Corrupt, NewerVersion, errorKinds } from './errors.ts';
import { Hyperparameters } from './hyperparameters.ts';
import { SweepId, TrialId } from './identifiers.ts';
import { fromJson, fromWire } from './json.ts';
import { Measure } from './numbers.ts';
import { ScoreRecord } from './records.ts';
import { resourceUnits } from './pruner.ts';
import { SearchSpace, TrialByHand } from './sweep-spec.ts';

const epoch = z.int().min(1);

/** An epoch in the log and in the live state; its samples stay in the evaluation's record. */
export const CommittedEpoch = EpochView.omit({ samples: true, withoutSamples: true });
export type CommittedEpoch = z.output<typeof CommittedEpoch>;

/** New totals for a sweep, so that extending it twice with the same values changes nothing. */
export const SweepExtension = z.strictObject({
  trials: z.int().min(1).max(10_000).optional(),
  epochs: z.int().min(1).max(10_000).optional(),
  parameters: SearchSpace.optional(),
  /** Sweeps on the same dataset whose results the sampler takes into account as well. */
  warmStart: z.array(SweepId).max(20).optional(),
});
export type SweepExtension = z.output<typeof SweepExtension>;

/** The result of another sweep's trial, as it was when this sweep read it. */
export const EarlierResult = z.strictObject({ hyperparameters: Hyperparameters, perplexity: Measure });
export type EarlierResult = z.output<typeof EarlierResult>;
const earlier = z.array(EarlierResult).optional();
/** Maximum number of other sweeps' results per sweep; a log of an earlier version may have more. */
export const maxEarlierResults = 1_000;

/** External events of a sweep: from workers, from users, or from the clock. */
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
  /** The best epoch's translations of the whole test set were scored. */
  z.strictObject({
    type: z.literal('epoch-scored'),
    trialId: TrialId,
    epoch,
    ...ScoreRecord.pick({ scores: true, losses: true, seconds: true }).shape,
  }),
  z.strictObject({ type: z.literal('score-failed'), trialId: TrialId, epoch, reason: z.string() }),
  z.strictObject({ type: z.literal('paused') }),
  z.strictObject({ type: z.literal('resumed') }),
  z.strictObject({ type: z.literal('cancelled') }),
  z.strictObject({ type: z.literal('failed-retried') }),
  z.strictObject({ type: z.literal('extended'), extension: SweepExtension, earlier }),
  z.strictObject({ type: z.literal('trials-added'), trials: z.array(TrialByHand).min(1) }),
  /** A checkpoint was pinned, so that retention keeps it, or unpinned. */
  z.strictObject({ type: z.literal('pinned'), trialId: TrialId, epoch, pinned: z.boolean() }),
  /** Checks the time, since the budget of hours may be spent. */
  z.strictObject({ type: z.literal('time-passed') }),
]);
export type SweepEvent = z.output<typeof SweepEvent>;

/** The comparison on which a pruner's decision is based. */
export const Evidence = z.strictObject({
  unit: z.enum(resourceUnits),
  epoch,
  /** The trial's held-out perplexity after the epoch. */
  value: Measure,
  /** The rung at which the trial was judged, in `unit`; `rank`, `of` and `cutOff` are only present with it. */
  rung: z.number().optional(),
  /** The trial's rank among those that have reached the rung; 1 is the best. */
  rank: z.int().optional(),
  /** The number of these trials. */
  of: z.int().optional(),
  /** The perplexity that had to be reached. */
  cutOff: Measure.optional(),
  /** One sentence for people. */
  reason: z.string(),
});
export type Evidence = z.output<typeof Evidence>;

const withoutCopy = { action: z.enum(['continue', 'stop', 'pause']) };
/** The trial continues from the checkpoint of `from` after the same epoch, with these settings. */
const withCopy = { action: z.literal('exploit'), from: TrialId, hyperparameters: Hyperparameters };

/** Whether a trial continues, and from which checkpoint. */
export const Verdict = z.discriminatedUnion('action', [
  Evidence.extend(withoutCopy),
  Evidence.extend(withCopy),
]);
export type Verdict = z.output<typeof Verdict>;

const verdict = { type: z.literal('verdict'), trialId: TrialId };

/** A paused trial has earned more epochs. */
export const Promotion = Evidence.extend({ trialId: TrialId });
export type Promotion = z.output<typeof Promotion>;

/** A decision on an event; replaying the events repeats the decisions. */
export const Decision = z.discriminatedUnion('type', [
  /** The pruner's verdict on a trial's newest epoch. */
  z.discriminatedUnion('action', [
    Evidence.extend({ ...verdict, ...withoutCopy }),
    Evidence.extend({ ...verdict, ...withCopy }),
  ]),
  /** The sampler suggested a new trial. */
  z.strictObject({ type: z.literal('asked'), trialId: TrialId, hyperparameters: Hyperparameters }),
  /** A paused trial continues. */
  Promotion.extend({ type: z.literal('promoted') }),
]);
export type Decision = z.output<typeof Decision>;

export const SweepLogEntry = z.strictObject({
  sweepId: SweepId,
  /** From 1, without gaps. */
  sequence: z.int().min(1),
  at: z.iso.datetime(),
  /** Empty if a later version only wrote events that may be ignored. */
  events: z.array(SweepEvent),
  decisions: z.array(Decision),
});
export type SweepLogEntry = z.output<typeof SweepLogEntry>;

/** The common part of the events and decisions of all versions. */
const AnyType = z.looseObject({ type: z.string(), mayIgnore: z.boolean().optional() });
const AnyEntry = z.looseObject({ events: z.array(AnyType), decisions: z.array(AnyType) });
const knownEvents: ReadonlySet<string> = new Set(SweepEvent.options.map(({ shape }) => shape.type.value));
const knownDecisions: ReadonlySet<string> = new Set<Decision['type']>(['verdict', 'asked', 'promoted']);

/**
 * Reads an entry that any version wrote. Events of unknown types are omitted if they are marked `mayIgnore`, such as
 * notes for people, since they do not affect later decisions. No other event and no decision may be omitted, because the
 * next entries were decided on a state that includes them.
 * @throws NewerVersion when only a later version can fold it; Corrupt
 */
export function readLogEntry(text: string, where: string): SweepLogEntry {
  const entry = fromJson(AnyEntry, text, where);
  const events = entry.events.filter(({ type, mayIgnore }) => mayIgnore !== true || knownEvents.has(type));
  const unknown =
    events.find(({ type }) => !knownEvents.has(type)) ??
    entry.decisions.find(({ type }) => !knownDecisions.has(type));
  if (unknown)
    throw new NewerVersion(`${where} has an event or decision of the unknown type ${unknown.type}`);
  return fromWire(SweepLogEntry, { ...entry, events }, where);
}

/** A stored entry, and the place where it was found. */
export interface StoredLogEntry {
  readonly key: string;
  readonly sweepId: string;
  readonly sequence: number;
  readonly text: string;
}

/** @throws NewerVersion; Corrupt, also when the entry belongs in another place */
export function readStoredLogEntry({ key, sweepId, sequence, text }: StoredLogEntry): SweepLogEntry {
  const entry = readLogEntry(text, key);
  if (entry.sweepId !== sweepId || entry.sequence !== sequence)
    throw new Corrupt(`${key} is entry ${entry.sequence} of ${entry.sweepId}`);
  return entry;
}

/** A page of the log. */
export const SweepLogList = z.strictObject({
  entries: z.array(SweepLogEntry),
  /** The `after` of the next page; absent on the last page. */
  next: z.int().min(1).optional(),
});
export type SweepLogList = z.output<typeof SweepLogList>;

/** Maximum number of trials by hand of a sweep, including those of its file. */
export const maxTrialsByHand = 1_000;
export const TrialsByHand = z.strictObject({ trials: z.array(TrialByHand).min(1).max(maxTrialsByHand) });
export type TrialsByHand = z.output<typeof TrialsByHand>;

/** The plan and the estimated cost of a sweep, before it is submitted. */
export const Preview = z.strictObject({
  trials: z.int(),
  /** Maximum number of epochs; a pruner ends trials earlier. */
  epochs: z.int(),
  /** Based on `fromEpochs` epochs of earlier sweeps on the same dataset; absent if there are none. */
  estimate: z.strictObject({ workerSeconds: z.number(), fromEpochs: z.int() }).optional(),
  /** Settings of the first trials, as far as they do not depend on results. */
  settings: z.array(Hyperparameters),
  /** Sentences about settings that are allowed but perhaps unintended; absent if there are none. */
  notes: z.array(z.string()).optional(),
});
export type Preview = z.output<typeof Preview>;

export const ReindexResult = z.strictObject({
  sweeps: z.array(SweepId),
  /** Sweeps of the bucket that could not be read; absent if there are none. */
  unreadable: z.array(UnreadableSweep).optional(),
});
export type ReindexResult = z.output<typeof ReindexResult>;

/** Progress of the running reindex, or the result of the last one. */
export const ReindexState = z.strictObject({
  state: z.enum(['never', 'running', 'done', 'failed']),
  /** Why it failed. */
  reason: z.string().optional(),
  /** Number of sweeps read from the bucket so far. */
  seen: z.int().min(0),
  startedAt: z.iso.datetime().optional(),
  endedAt: z.iso.datetime().optional(),
  /** Present when `state` is `done`. */
  result: ReindexResult.optional(),
});
export type ReindexState = z.output<typeof ReindexState>;
