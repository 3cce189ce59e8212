/** Decides again on all that happened to a sweep, to check that the same comes out. */
import { type Decision, type SweepLogEntry, type SweepRecord, digestOf } from '@honyaku/contracts';
import { plannedBySampler } from '../plan/plan.ts';
import { type SweepState, newSweep } from '../state/sweep-state.ts';
import { search } from './chooser.ts';
import { decide } from './decisions.ts';

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
