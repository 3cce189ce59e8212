/** One client's stream of server-sent events, with a bound on the buffer for a client that reads slowly. */
import { addAbortListener, once } from 'node:events';
import { type ServerResponse } from 'node:http';
import { Unavailable, eventStreamType } from '@honyaku/contracts';
import { disconnectionOf } from '../http/disconnection.ts';
import { type SentEvent } from './sent-event.ts';

const heartbeatMilliseconds = 15_000;

/** Bytes that may be buffered for a client. */
const limits = {
  /** With more, progress is dropped. */
  progress: 64 * 1024,
  /**
   * With more than this and the largest write so far, which may be the state of a sweep of many trials, the client is
   * disconnected; it catches up when it reconnects.
   */
  close: 4 * 1024 * 1024,
  /** With more, no further part of the current state is read. */
  currentState: 256 * 1024,
};
/** How long a client may take to read a part of the current state. */
const readMilliseconds = 60_000;

export class EventStream {
  private readonly heartbeat: NodeJS.Timeout;
  private largestWrite = 0;
  /** Aborts when the client has left, perhaps before the stream began. */
  readonly disconnection: AbortSignal;

  constructor(private readonly response: ServerResponse) {
    this.disconnection = disconnectionOf(response.req.socket);
    response.writeHead(200, {
      'content-type': `${eventStreamType}; charset=utf-8`,
      // A compressing proxy would delay events until its buffer is full.
      'cache-control': 'no-store, no-transform',
      connection: 'keep-alive',
      // nginx and the like buffer responses by default.
      'x-accel-buffering': 'no',
    });
    response.write(': honyaku\n\n');
    this.heartbeat = setInterval(() => this.write(': still here\n\n'), heartbeatMilliseconds);
    addAbortListener(this.disconnection, () => clearInterval(this.heartbeat));
  }

  /** @param events all progress, or all changes */
  send(events: readonly SentEvent[]): void {
    const [first] = events;
    if (!first || (first.type === 'progress' && this.response.writableLength > limits.progress)) return;
    this.write(framesOf(events));
  }

  /** Sends, then waits until the client has read most of it. @throws Unavailable when it disconnects or reads too slowly */
  async sendWhenRead(events: readonly SentEvent[]): Promise<void> {
    if (this.disconnection.aborted) throw new Unavailable('the client has disconnected');
    this.send(events);
    if (this.response.writableLength <= limits.currentState) return;
    const signal = AbortSignal.any([this.disconnection, AbortSignal.timeout(readMilliseconds)]);
    await once(this.response, 'drain', { signal }).catch((cause: unknown) => {
      throw new Unavailable('the client does not read', { cause });
    });
  }

  /** Breaks the stream off, which makes the client reconnect. */
  disconnect(): void {
    this.response.req.socket.destroy();
  }

  close(): void {
    clearInterval(this.heartbeat);
    this.response.end();
  }

  private write(frames: Buffer | string): void {
    if (this.response.writableEnded || this.response.destroyed) return;
    if (this.response.writableLength > limits.close + this.largestWrite) this.disconnect();
    else this.response.write(frames);
    this.largestWrite = Math.max(this.largestWrite, frames.length);
  }
}

const encoded = new WeakMap<readonly SentEvent[], Buffer>();

/** Events as SSE frames; encoded once for all open streams. */
function framesOf(events: readonly SentEvent[]): Buffer {
  const frames = encoded.get(events) ?? Buffer.from(events.map(frameOf).join(''));
  encoded.set(events, frames);
  return frames;
}

function frameOf({ id, type, json }: SentEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${json}\n\n`;
}
