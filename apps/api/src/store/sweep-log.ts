/** The log of a sweep in the bucket: the one place where it is settled what happens next. */
import { Corrupt, type StoredLogEntry, SweepLogEntry, readStoredLogEntry, toJson } from '@honyaku/contracts';
import { type ObjectStore, keys, logSequenceOf } from '@honyaku/storage';
import { Slices } from '../event-loop/slices.ts';
import { type PlanningThreads } from '../planning/planning-threads.ts';

const readsAtOnce = 32;
/** A page ends after the entry with which it is larger. */
const largestPage = 4 * 1024 * 1024;
/** Longer entries of a page, such as one that adds a thousand trials, are read in a planning thread. */
const longestHere = 32 * 1024;

/** The log cannot be read, so the sweep can make no further decision. */
export class UnreadableLog extends Corrupt {}

export class SweepLog {
  constructor(
    private readonly objects: ObjectStore,
    private readonly planning: Pick<PlanningThreads, 'run'>,
  ) {}

  /** Of any number of writers of one sequence number exactly one gets 'created'. */
  append(entry: SweepLogEntry): Promise<'created' | 'exists'> {
    return this.objects.putIfAbsent(
      keys.logEntry(entry.sweepId, entry.sequence),
      toJson(SweepLogEntry, entry),
    );
  }

  /** The lowest number above `sequence` that has an entry, by listing: reading on ends at a gap. */
  async nextAfter(sweepId: string, sequence: number): Promise<number | undefined> {
    const last = keys.logEntry(sweepId, sequence);
    for await (const { key } of this.objects.list(`${keys.logFolder(sweepId)}/`, last)) {
      const next = logSequenceOf(key);
      if (next !== undefined) return next;
    }
    return undefined;
  }

  /**
   * A page of entries as JSON in wire form, each encoded by itself, in slices, so that no page holds the event loop.
   * @param after number of the last entry before the page
   * @throws UnreadableLog, also when the first entry of the page is missing and a later one is there
   */
  async page(
    sweepId: string,
    after: number,
    most: number,
  ): Promise<{ readonly texts: readonly string[]; readonly next?: number }> {
    const texts: string[] = [];
    let bytes = 0;
    const slices = new Slices();
    for await (const stored of this.stored(sweepId, after + 1)) {
      if (texts.length === most || bytes > largestPage) return { texts, next: after + texts.length };
      const text = await orUnreadable(() => this.wireText(stored));
      texts.push(text);
      bytes += text.length;
      await slices.step();
    }
    const last = after + texts.length;
    const next = await this.nextAfter(sweepId, last);
    if (next === undefined) return { texts };
    if (texts.length === 0 && next > last + 1) throw missingEntry(sweepId, last + 1, next);
    return { texts, next: last };
  }

  /** All entries from `first` on, in order. @throws UnreadableLog naming the entry; NewerVersion */
  async *entries(sweepId: string, first = 1): AsyncGenerator<SweepLogEntry> {
    for await (const stored of this.stored(sweepId, first))
      yield await orUnreadable(() => readStoredLogEntry(stored));
  }

  private async *stored(sweepId: string, first: number): AsyncGenerator<StoredLogEntry> {
    // Mostly there is none, so that the first is looked for alone.
    let atOnce = 1;
    for (let from = first; ; from += atOnce, atOnce = readsAtOnce) {
      const found = await Promise.all(
        Array.from({ length: atOnce }, async (_, index) => {
          const sequence = from + index;
          const key = keys.logEntry(sweepId, sequence);
          return { key, sweepId, sequence, text: await this.objects.getText(key) };
        }),
      );
      for (const { text, ...place } of found) {
        if (text === undefined) return;
        yield { ...place, text };
      }
    }
  }

  private wireText(stored: StoredLogEntry): string | Promise<string> {
    if (stored.text.length > longestHere) return this.planning.run('logEntry', stored);
    return toJson(SweepLogEntry, readStoredLogEntry(stored));
  }
}

async function orUnreadable<Result>(read: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (cause) {
    throw cause instanceof Corrupt ? new UnreadableLog(cause.message, { cause }) : cause;
  }
}

export function missingEntry(sweepId: string, missing: number, next: number): UnreadableLog {
  return new UnreadableLog(`${keys.logEntry(sweepId, missing)} is missing, and entry ${next} is there`);
}
