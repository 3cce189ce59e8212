/** The sweeps that metrics tell of, without reading again what has not changed since the last scrape. */
import { Corrupt, NotFound } from '@honyaku/contracts';
import { hasEnded } from '../sweeps/end-states.ts';
import { type KnownStates } from '../sweeps/known-state.ts';
import { type SweepRow, type SweepState } from '../sweeps/sweep-state.ts';
import { type SweepStore } from '../sweeps/sweep-store.ts';
import { type UnreadableSweeps } from '../sweeps/unreadable-sweeps.ts';
import { isRecent } from './trial-window.ts';

interface SeenRow {
  readonly sequence: number;
  readonly row: SweepRow;
}

export class CurrentSweeps {
  private seen = new Map<string, SeenRow>();

  constructor(
    private readonly store: SweepStore,
    private readonly states: KnownStates,
    private readonly unreadable: UnreadableSweeps,
  ) {}

  /** Rows of the sweeps that go on or ended a short while ago. */
  async rows(): Promise<readonly SweepRow[]> {
    return (await this.current()).map(({ row }) => row);
  }

  /** The same with their trials. */
  async withTrials(): Promise<readonly SweepState[]> {
    const states = await Promise.all((await this.current()).map((seen) => this.readableState(seen)));
    return states.filter((state) => state !== undefined);
  }

  /** One that cannot be read leaves no other without its metrics. */
  private async readableState({ row, sequence }: SeenRow): Promise<SweepState | undefined> {
    try {
      const known = await this.states.of(row.id);
      // Another process has decided since.
      const newest = known.sequence < sequence ? await this.states.newest(row.id) : known;
      return newest.state;
    } catch (error) {
      if (!(error instanceof Corrupt || error instanceof NotFound)) throw error;
      this.unreadable.add(row.id, error);
      return undefined;
    }
  }

  private async current(): Promise<readonly SeenRow[]> {
    const ids = await this.store.ids();
    const sequences = await this.store.sequences(ids);
    const rows = await Promise.all(
      ids.map(async (id, index) => {
        const sequence = sequences[index] ?? -1;
        const before = this.seen.get(id);
        const row = before?.sequence === sequence ? before.row : await this.store.readableRow(id);
        return row ? [[id, { sequence, row }] as const] : [];
      }),
    );
    this.seen = new Map(rows.flat());
    const now = Date.now();
    return [...this.seen.values()].filter(({ row }) => !hasEnded(row.state) || isRecent(row.endedAt, now));
  }
}
