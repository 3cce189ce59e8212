/** The sweeps that metrics, demand and previews look at, without reading again what has not changed since. */
import { type SweepRow, type SweepState, type TrainedBefore, hasEnded } from '@honyaku/sweep-engine';
import { type SweepCache } from './sweep-cache.ts';
import { type SweepStore } from './sweep-store.ts';
import { type UnreadableSweeps, isOfOneSweep } from './unreadable-sweeps.ts';

/** Ended sweeps and trials are shown for some scrapes more, and no longer: their series would only grow in number. */
export const keepEndedMilliseconds = 15 * 60_000;

interface SeenRow {
  readonly sequence: number;
  readonly row: SweepRow;
}

export class CurrentSweeps {
  private seen = new Map<string, SeenRow>();

  constructor(
    private readonly store: SweepStore,
    private readonly cache: SweepCache,
    private readonly unreadable: UnreadableSweeps,
  ) {}

  /** Rows of the sweeps that go on or ended a short while ago. */
  async rows(): Promise<readonly SweepRow[]> {
    return (await this.current()).map(({ row }) => row);
  }

  /** Whether workers can do anything for the sweep: not while no decision on their results can be made. */
  readonly needsWorkers = ({ id }: Pick<SweepRow, 'id'>): boolean => !this.unreadable.standsStill(id);

  /** The same with their trials. */
  async withTrials(): Promise<readonly SweepState[]> {
    const states = await Promise.all((await this.current()).map((seen) => this.readableState(seen)));
    return states.filter((state) => state !== undefined);
  }

  /** One that cannot be read leaves no other without its metrics. */
  private async readableState({ row, sequence }: SeenRow): Promise<SweepState | undefined> {
    try {
      const known = await this.cache.of(row.id);
      // Another process has decided since.
      const newest = known.sequence < sequence ? await this.cache.newest(row.id) : known;
      return newest.state;
    } catch (error) {
      if (!isOfOneSweep(error)) throw error;
      this.unreadable.add(row.id, error);
      return undefined;
    }
  }

  /** What was trained on each dataset, by all sweeps there ever were. */
  async trainedBefore(): Promise<readonly TrainedBefore[]> {
    const byDataset = new Map<string, TrainedBefore>();
    for (const { row } of (await this.all()).values()) {
      if (row.dataset === undefined || row.epochsDone === 0) continue;
      const { epochsDone = 0, workerSeconds = 0 } = byDataset.get(row.dataset) ?? {};
      byDataset.set(row.dataset, {
        dataset: row.dataset,
        epochsDone: epochsDone + row.epochsDone,
        workerSeconds: workerSeconds + row.workerSeconds,
      });
    }
    return [...byDataset.values()];
  }

  private async current(): Promise<readonly SeenRow[]> {
    const now = Date.now();
    return [...(await this.all()).values()].filter(
      ({ row }) => !hasEnded(row.state) || isRecent(row.endedAt, now),
    );
  }

  /** Reads those rows that have changed since they were read last. */
  private async all(): Promise<ReadonlyMap<string, SeenRow>> {
    const ids = await this.store.ids();
    const sequences = await this.store.sequences(ids);
    const sequenceOf = new Map(ids.map((id, index) => [id, sequences[index] ?? -1]));
    const rows = new Map<string, SeenRow>();
    for (const [id, sequence] of sequenceOf) {
      const before = this.seen.get(id);
      if (before?.sequence === sequence) rows.set(id, before);
    }
    const changed = ids.filter((id) => !rows.has(id));
    for await (const { id, row } of this.store.rowsOf(changed))
      if (row) rows.set(id, { sequence: sequenceOf.get(id) ?? -1, row });
    this.seen = rows;
    return rows;
  }
}

/** Whether what ended then is still shown. @param now milliseconds since the epoch */
export function isRecent(endedAt: string | undefined, now: number): boolean {
  return endedAt !== undefined && now - Date.parse(endedAt) < keepEndedMilliseconds;
}
