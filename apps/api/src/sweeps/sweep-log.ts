/** The log of a sweep in the bucket: the one place where it is settled what happens next. */
import { SweepLogEntry, toJson } from '@honyaku/contracts';
import { type ObjectStore, keys } from '@honyaku/storage';

const readsAtOnce = 32;

export class SweepLog {
  constructor(private readonly objects: ObjectStore) {}

  /** Of any number of writers of one sequence number exactly one gets 'created'. */
  append(entry: SweepLogEntry): Promise<'created' | 'exists'> {
    return this.objects.putIfAbsent(
      keys.logEntry(entry.sweepId, entry.sequence),
      toJson(SweepLogEntry, entry),
    );
  }

  /** @throws Corrupt */
  entry(sweepId: string, sequence: number): Promise<SweepLogEntry | undefined> {
    return this.objects.getRecord(SweepLogEntry, keys.logEntry(sweepId, sequence));
  }

  /** All entries from `first` on, in order. @throws Corrupt */
  async *entries(sweepId: string, first = 1): AsyncGenerator<SweepLogEntry> {
    // Mostly there is none, so that the first is looked for alone.
    let atOnce = 1;
    for (let from = first; ; from += atOnce, atOnce = readsAtOnce) {
      const found = await Promise.all(
        Array.from({ length: atOnce }, (_, index) => this.entry(sweepId, from + index)),
      );
      for (const entry of found) {
        if (!entry) return;
        yield entry;
      }
    }
  }
}
