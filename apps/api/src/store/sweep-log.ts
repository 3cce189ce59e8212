/** The log of a sweep in the bucket: the one place where it is settled what happens next. */
import { Corrupt, SweepLogEntry, readLogEntry, toJson } from '@honyaku/contracts';
import { type ObjectStore, keys, logSequenceOf } from '@honyaku/storage';
import { Slices } from '../event-loop/slices.ts';

const readsAtOnce = 32;
/** A page ends after the entry with which it is larger. */
const largestPage = 4 * 1024 * 1024;

/** The log cannot be read, so the sweep can make no further decision. */
export class UnreadableLog extends Corrupt {}

export class SweepLog {
  constructor(private readonly objects: ObjectStore) {}

  /** Of any number of writers of one sequence number exactly one gets 'created'. */
  append(entry: SweepLogEntry): Promise<'created' | 'exists'> {
    return this.objects.putIfAbsent(
      keys.logEntry(entry.sweepId, entry.sequence),
      toJson(SweepLogEntry, entry),
    );
  }

  /** @throws UnreadableLog naming the entry; NewerVersion */
  async entry(sweepId: string, sequence: number): Promise<SweepLogEntry | undefined> {
    const key = keys.logEntry(sweepId, sequence);
    const text = await this.objects.getText(key);
    if (text === undefined) return undefined;
    const entry = readEntry(text, key);
    if (entry.sweepId !== sweepId || entry.sequence !== sequence)
      throw new UnreadableLog(`${key} is entry ${entry.sequence} of ${entry.sweepId}`);
    return entry;
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
    for await (const entry of this.entries(sweepId, after + 1)) {
      if (texts.length === most || bytes > largestPage) return { texts, next: after + texts.length };
      const text = toJson(SweepLogEntry, entry);
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

  /** All entries from `first` on, in order. @throws UnreadableLog */
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

function readEntry(text: string, key: string): SweepLogEntry {
  try {
    return readLogEntry(text, key);
  } catch (cause) {
    throw cause instanceof Corrupt ? new UnreadableLog(cause.message, { cause }) : cause;
  }
}

export function missingEntry(sweepId: string, missing: number, next: number): UnreadableLog {
  return new UnreadableLog(`${keys.logEntry(sweepId, missing)} is missing, and entry ${next} is there`);
}
