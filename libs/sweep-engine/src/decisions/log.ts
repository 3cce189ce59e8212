/** A sweep's log: which entry comes next, what an entry that is there makes of a state, and whether a log replays. */
import {
  type Decision,
  type SweepEvent,
  type SweepLogEntry,
  type SweepRecord,
  digestOf,
} from '@honyaku/contracts';
import { type SweepState, newSweep } from '../state/sweep-state.ts';
import { recorded, search } from './chooser.ts';
import { decideStepwise, decide } from './decisions.ts';
import { plannedBySampler } from '../plan/plan.ts';

/** Of a log entry, in events and in the trials and results that they bring. */
const heaviestBatch = 1_000;

/** A state of a sweep with its place in the log. */
export interface LoggedSweep {
  /** Of the last log entry in the state; 0 when nothing happened since the submission. */
  readonly sequence: number;
  readonly state: SweepState;
}

/** An event that may be refused in the very state that it comes to. */
export interface CheckedEvent {
  readonly event: SweepEvent;
  /** Throws where the event is not allowed. */
  readonly check: (state: SweepState) => void;
}

export interface NextEntry {
  /** None when no event changes anything. */
  readonly entry?: SweepLogEntry;
  readonly state: SweepState;
  /** Why events are not in the entry that would have been. */
  readonly failed: ReadonlyMap<SweepEvent, unknown>;
}

/** How many of the events that wait go into one entry: as many as are small together, or one. */
export function sizeOfBatch(events: readonly SweepEvent[]): number {
  let weight = 0;
  const first = events.findIndex((event) => (weight += weightOf(event)) > heaviestBatch);
  return first === -1 ? events.length : Math.max(1, first);
}

/**
 * The entry that takes a sweep further, with the state after it.
 * @param at ISO timestamp of the entry
 * @param betweenSteps as in `decideStepwise`
 */
export async function nextEntry(
  { sequence, state: before }: LoggedSweep,
  events: readonly CheckedEvent[],
  at: string,
  betweenSteps: () => Promise<void>,
): Promise<NextEntry> {
  let state = before;
  const failed = new Map<SweepEvent, unknown>();
  const effective: SweepEvent[] = [];
  const decisions: Decision[] = [];
  for (const { event, check } of events) {
    try {
      check(state);
      const outcome = await decideStepwise(state, event, at, search, betweenSteps);
      if (outcome.state === state) continue;
      state = outcome.state;
      effective.push(event);
      decisions.push(...outcome.decisions);
    } catch (error) {
      failed.set(event, error);
    }
  }
  if (effective.length === 0) return { state, failed };
  return {
    state,
    failed,
    entry: { sweepId: state.sweep.id, sequence: sequence + 1, at, events: effective, decisions },
  };
}

/** The state after an entry whose decisions are taken as they stand. @throws when they do not fit the events */
export async function afterEntry(
  state: SweepState,
  { sequence, at, events, decisions }: SweepLogEntry,
  betweenSteps: () => Promise<void>,
): Promise<LoggedSweep> {
  const chooser = recorded(decisions);
  for (const event of events) ({ state } = await decideStepwise(state, event, at, chooser, betweenSteps));
  return { sequence, state };
}

function weightOf(event: SweepEvent): number {
  return (
    1 +
    ('trials' in event ? event.trials.length : 0) +
    ('earlier' in event ? (event.earlier?.length ?? 0) : 0)
  );
}

export interface Replay {
  readonly state: SweepState;
  /** Numbers of the log entries whose decisions would be others. */
  readonly differing: readonly number[];
}

/** Asks pruner and sampler again on each event of the log; they are pure, so an honest log shows no difference. */
export function replay(
  { id, spec, createdAt }: Pick<SweepRecord, 'id' | 'spec' | 'createdAt'>,
  entries: readonly SweepLogEntry[],
): Replay {
  let state = newSweep({ id, spec, samplerTrials: plannedBySampler(spec), createdAt });
  const differing: number[] = [];
  for (const { sequence, at, events, decisions } of entries) {
    const again: Decision[] = [];
    for (const event of events) {
      const outcome = decide(state, event, at, search);
      state = outcome.state;
      again.push(...outcome.decisions);
    }
    if (digestOf(again) !== digestOf(decisions)) differing.push(sequence);
  }
  return { state, differing };
}
