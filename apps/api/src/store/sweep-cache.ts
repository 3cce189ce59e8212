/**
 * The newest state of each sweep that this process knows. It is the fold of the log, so it can be old but never wrong:
 * a process that appends to the log from an old state is refused and catches up.
 */
import {
  Corrupt,
  InvalidInput,
  NotFound,
  SweepRecord,
  type SweepLogEntry,
  type SweepSpec,
  messageOf,
} from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';
import { type LoggedSweep, type SweepState, afterEntry, newSweep } from '@honyaku/sweep-engine';
import { LRUCache } from 'lru-cache';
import { type PlanningThreads } from '../planning/planning-threads.ts';
import { Slices } from '../event-loop/slices.ts';
import { type SweepLog, UnreadableLog, missingEntry } from './sweep-log.ts';
import { type SweepStore } from './sweep-store.ts';

/** Sweeps whose states are kept in memory; those not used for longest are forgotten. */
const mostKept = 200;

export class SweepCache {
  private readonly known = new LRUCache<string, LoggedSweep>({ max: mostKept });

  constructor(
    private readonly objects: ObjectStore,
    private readonly log: SweepLog,
    private readonly store: SweepStore,
    private readonly planning: Pick<PlanningThreads, 'run'>,
  ) {}

  /**
   * From memory, else from Redis and the log entries after it, else from the bucket alone.
   * @throws NotFound; Corrupt naming the object that cannot be read, or that is missing
   */
  async of(sweepId: string): Promise<LoggedSweep> {
    const kept = this.known.get(sweepId);
    if (kept) return kept;
    const stored = await this.store.load(sweepId).catch((error: unknown) => {
      if (!(error instanceof Corrupt)) throw error;
      return 'unreadable' as const;
    });
    // Redis only shows what the log comes to.
    if (stored === 'unreadable') return this.restore(sweepId);
    const known = stored ? await this.caughtUp(stored) : await this.folded(sweepId);
    if (known.sequence !== stored?.sequence) await this.store.write(known);
    this.keep(known);
    return known;
  }

  /** From the bucket alone, in place of what Redis shows. @throws NotFound; Corrupt */
  async restore(sweepId: string): Promise<LoggedSweep> {
    const known = await this.folded(sweepId);
    await this.store.replace(known);
    this.keep(known);
    return known;
  }

  keep(known: LoggedSweep): void {
    this.known.set(known.state.sweep.id, known);
  }

  /** As the log has it now: another process may have appended to it. @throws NotFound; Corrupt */
  async newest(sweepId: string): Promise<LoggedSweep> {
    const known = await this.of(sweepId);
    const newest = await this.caughtUp(known);
    if (newest !== known) this.keep(newest);
    return newest;
  }

  /** Redis may have lost what this process believes to be there. */
  forget(): void {
    this.known.clear();
  }

  private async caughtUp(known: LoggedSweep): Promise<LoggedSweep> {
    const slices = new Slices();
    for await (const entry of this.log.entries(known.state.sweep.id, known.sequence + 1))
      known = await after(known.state, entry, slices);
    return known;
  }

  /** The whole log. @throws NotFound; Corrupt, also when an entry is missing before another */
  private async folded(sweepId: string): Promise<LoggedSweep> {
    let known = await this.submitted(sweepId);
    for (;;) {
      known = await this.caughtUp(known);
      const next = await this.log.nextAfter(sweepId, known.sequence);
      if (next === undefined) return known;
      if (next > known.sequence + 1) throw missingEntry(sweepId, known.sequence + 1, next);
    }
  }

  /** The state as it was when the sweep was submitted. @throws NotFound; Corrupt */
  private async submitted(sweepId: string): Promise<LoggedSweep> {
    const key = keys.sweepRecord(sweepId);
    const record = await this.objects.getRecord(SweepRecord, key);
    if (record === undefined) throw new NotFound(`there is no sweep ${sweepId}`);
    const { id, spec, createdAt } = record;
    if (id !== sweepId) throw new Corrupt(`${key} is of sweep ${id}`);
    const samplerTrials = await this.planned(spec, key);
    return { sequence: 0, state: newSweep({ id, spec, samplerTrials, createdAt }) };
  }

  /** @throws Corrupt when its plan takes longer than any that would be accepted */
  private async planned(spec: SweepSpec, key: string): Promise<number> {
    try {
      return await this.planning.run('planned', spec);
    } catch (cause) {
      if (cause instanceof InvalidInput) throw new Corrupt(`${key}: ${cause.message}`, { cause });
      throw cause;
    }
  }
}

/** The state after an entry. @throws UnreadableLog naming the entry when its decisions do not fit its events */
export async function after(
  state: SweepState,
  entry: SweepLogEntry,
  slices = new Slices(),
): Promise<LoggedSweep> {
  try {
    return await afterEntry(state, entry, () => slices.step());
  } catch (cause) {
    throw new UnreadableLog(`${keys.logEntry(entry.sweepId, entry.sequence)}: ${messageOf(cause)}`, {
      cause,
    });
  }
}
