/** Reads the API's server-sent events, as a client would. */
import { LiveEvent, fromJson } from '@honyaku/contracts';

const waitMilliseconds = 240_000;

export class EventReader {
  /** Ids of the received events, in order. */
  readonly ids: number[] = [];
  private text = '';

  private constructor(
    private readonly reader: ReadableStreamDefaultReader<string>,
    private readonly abort: AbortController,
  ) {}

  static async open(url: string, lastEventId?: string): Promise<EventReader> {
    const abort = new AbortController();
    const headers: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const response = await fetch(url, { headers, signal: abort.signal });
    if (!response.ok || !response.body) throw new Error(`${url}: ${response.status}`);
    return new EventReader(response.body.pipeThrough(new TextDecoderStream()).getReader(), abort);
  }

  get lastId(): string {
    return String(this.ids.at(-1));
  }

  /** Waits for the next event that matches. */
  async until(wanted: (event: LiveEvent) => boolean): Promise<LiveEvent> {
    const late = setTimeout(() => this.abort.abort(new Error('the event did not arrive')), waitMilliseconds);
    try {
      for (;;) {
        const event = await this.next();
        if (wanted(event)) return event;
      }
    } finally {
      clearTimeout(late);
    }
  }

  close(): void {
    this.abort.abort();
  }

  private async next(): Promise<LiveEvent> {
    for (;;) {
      const end = this.text.indexOf('\n\n');
      if (end >= 0) {
        const frame = this.text.slice(0, end);
        this.text = this.text.slice(end + 2);
        const id = /^id: (\d+)$/m.exec(frame)?.[1];
        if (id !== undefined) this.ids.push(Number(id));
        const data = /^data: (.*)$/m.exec(frame)?.[1];
        if (data !== undefined) return fromJson(LiveEvent, data, 'event');
        continue;
      }
      const { done, value } = await this.reader.read();
      if (done) throw new Error('the stream has ended');
      this.text += value;
    }
  }
}
