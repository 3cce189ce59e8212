import { type SweepState, type TrialState } from '@honyaku/contracts';

const endStates: ReadonlySet<string> = new Set(['completed', 'pruned', 'failed', 'lost', 'cancelled']);

/** Whether a sweep or trial in this state changes no more by itself. */
export function hasEnded(state: SweepState | TrialState): boolean {
  return endStates.has(state);
}
