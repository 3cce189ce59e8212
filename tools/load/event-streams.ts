/** Clients that follow the API's live events, as many pages do that somebody has left open. */
import { setTimeout as delay } from 'node:timers/promises';
import { Unavailable, routes } from '@honyaku/contracts';
import { createParser } from 'eventsource-parser';
import { type StreamResult, StreamSettings } from './load-process.ts';

/** An event of less than this age may still be on its way to other streams. */
const settledMilliseconds = 1_000;

const { url, streams } = StreamSettings.parse(JSON.parse(process.env['HONYAKU_LOAD'] ?? ''));
/** When an event came to any stream for the first time, by its number. */
const seenAt = new Map<number, number>();

class Stream {
  readonly ids = new Set<number>();
  progress = 0;
  isOpen = true;

  async open(): Promise<void> {
    const { ok, status, body } = await fetch(`${url}${routes.events.path}`);
    if (!ok || !body) throw new Unavailable(`${routes.events.path} answered ${status}`);
    void this.read(body)
      .catch(() => undefined)
      .finally(() => (this.isOpen = false));
    while (this.isOpen && this.ids.size === 0) await delay(10);
  }

  private async read(body: AsyncIterable<Uint8Array>): Promise<void> {
    const text = new TextDecoder();
    const parser = createParser({
      onEvent: ({ id, event }) => {
        if (event === 'progress') this.progress += 1;
        if (id !== undefined) this.see(Number(id));
      },
    });
    for await (const chunk of body) parser.feed(text.decode(chunk, { stream: true }));
  }

  private see(id: number): void {
    this.ids.add(id);
    if (!seenAt.has(id)) seenAt.set(id, Date.now());
  }
}

const all = Array.from({ length: streams }, () => new Stream());
await Promise.all(all.map((stream) => stream.open()));
await delay(settledMilliseconds);
/** All that is in the present state, which each stream got at its own time. */
const before = Math.max(...seenAt.keys());
for (const stream of all) stream.progress = 0;
process.send?.({ open: all.filter(({ isOpen }) => isOpen).length });

process.on('message', () => {
  const settled = Date.now() - settledMilliseconds;
  const due = [...seenAt].filter(([id, at]) => id > before && at < settled).map(([id]) => id);
  const result: StreamResult = {
    closed: all.filter(({ isOpen }) => !isOpen).length,
    events: due.length,
    lacking: all.filter(({ ids }) => due.some((id) => !ids.has(id))).length,
    progress: Math.min(...all.map(({ progress }) => progress)),
  };
  process.send?.(result);
});
process.on('disconnect', () => process.exit(0));
