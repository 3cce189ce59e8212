/**
 * The newest state of each sweep that this process knows. It is what the log comes to, so it can be old but
 * never wrong: who appends to the log from an old state is refused and catches up.
 */
import { NotFound, SweepRecord, type SweepLogEntry, fromJson } from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { recorded } from './chooser.ts';
import { decide } from './decisions.ts';
import { checkedPlan } from './plan.ts';
import { type SweepLog } from './sweep-log.ts';
import { type SweepState, newSweep } from './sweep-state.ts';
import { type SweepStore } from './sweep-store.ts';

export interface Known {
  /** Of the last log entry in the state; 0 when nothing happened since the submission. */
  readonly sequence: number;
  readonly state: SweepState;
}

/** Sweeps whose states are kept in memory; those not used for longest are forgotten. */
const mostKept = 200;

export class KnownStates {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly objects: ObjectStore,
    private readonly log: SweepLog,
    private readonly store: SweepStore,
  ) {}

  /** From memory, else from Redis and the log entries after it, else from the bucket alone. @throws NotFound */
  async of(sweepId: string): Promise<Known> {
    const kept = this.known.get(sweepId);
    if (kept) return kept;
    const stored = await this.store.load(sweepId);
    const known = await this.caughtUp(stored ?? (await this.submitted(sweepId)));
    if (known.sequence !== stored?.sequence) await this.store.write(known);
    this.keep(known);
    return known;
  }

  keep(known: Known): void {
    const { id } = known.state.sweep;
    this.known.delete(id);
    this.known.set(id, known);
    const [oldest] = this.known.keys();
    if (this.known.size > mostKept && oldest !== undefined) this.known.delete(oldest);
  }

  /** As the log has it now: another process may have appended to it. @throws NotFound */
  async newest(sweepId: string): Promise<Known> {
    const known = await this.of(sweepId);
    const newest = await this.caughtUp(known);
    if (newest !== known) this.keep(newest);
    return newest;
  }

  /** Redis may have lost what this process believes to be there. */
  forget(): void {
    this.known.clear();
  }

  private async caughtUp(known: Known): Promise<Known> {
    for await (const entry of this.log.entries(known.state.sweep.id, known.sequence + 1))
      known = after(known.state, entry);
    return known;
  }

  /** The state as it was when the sweep was submitted. @throws NotFound */
  private async submitted(sweepId: string): Promise<Known> {
    const key = keys.sweepRecord(sweepId);
    const text = await this.objects.getText(key);
    if (text === undefined) throw new NotFound(`there is no sweep ${sweepId}`);
    const { id, spec, createdAt } = fromJson(SweepRecord, text, key);
    return { sequence: 0, state: newSweep({ id, spec, samplerTrials: checkedPlan(spec), createdAt }) };
  }
}

/** The state after an entry whose decisions are taken as they stand. */
export function after(state: SweepState, { sequence, at, events, decisions }: SweepLogEntry): Known {
  const chooser = recorded(decisions);
  return {
    sequence,
    state: events.reduce((before, event) => decide(before, event, at, chooser).state, state),
  };
}
