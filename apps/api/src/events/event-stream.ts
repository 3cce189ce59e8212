/** One client's stream of server-sent events, with a bound on what is held for a client that reads slowly. */
import { once } from 'node:events';
import { type ServerResponse } from 'node:http';
import { Unavailable, eventStreamType } from '@honyaku/contracts';
import { type SentEvent } from './sent-event.ts';

const heartbeatMilliseconds = 15_000;

/**
 * Above the first, progress is left out; when so much waits beside the largest piece, which may be the state of a
 * sweep of many trials, the client is cut off, and catches up when it comes back.
 */
const limits = {
  progress: 64 * 1024,
  close: 4 * 1024 * 1024,
  /** Of the present state, before more of it is read. */
  waiting: 256 * 1024,
  readMilliseconds: 60_000,
};

export class EventStream {
  private readonly heartbeat: NodeJS.Timeout;
  private readonly closed = new AbortController();
  private largestPiece = 0;

  constructor(private readonly response: ServerResponse) {
    response.writeHead(200, {
      'content-type': `${eventStreamType}; charset=utf-8`,
      // A proxy that compresses would hold events back until its buffer is full.
      'cache-control': 'no-store, no-transform',
      connection: 'keep-alive',
      // Proxies of the nginx kind hold a response back unless told.
      'x-accel-buffering': 'no',
    });
    response.write(': honyaku\n\n');
    this.heartbeat = setInterval(() => this.write(': still here\n\n'), heartbeatMilliseconds);
    response.on('close', () => {
      clearInterval(this.heartbeat);
      this.closed.abort();
    });
  }

  /** @param events all progress, or all changes */
  send(events: readonly SentEvent[]): void {
    const [first] = events;
    if (!first || (first.type === 'progress' && this.response.writableLength > limits.progress)) return;
    this.write(framesOf(events));
  }

  /** Sends when most of what was sent before is read. @throws Unavailable when the client has left, or does not read */
  async sendWhenRead(events: readonly SentEvent[]): Promise<void> {
    this.send(events);
    if (this.response.writableLength <= limits.waiting) return;
    const signal = AbortSignal.any([this.closed.signal, AbortSignal.timeout(limits.readMilliseconds)]);
    await once(this.response, 'drain', { signal }).catch((cause: unknown) => {
      throw new Unavailable('the client does not read', { cause });
    });
  }

  close(): void {
    clearInterval(this.heartbeat);
    this.response.end();
  }

  private write(piece: Buffer | string): void {
    if (this.response.writableEnded || this.response.destroyed) return;
    if (this.response.writableLength > limits.close + this.largestPiece) this.response.destroy();
    else this.response.write(piece);
    this.largestPiece = Math.max(this.largestPiece, piece.length);
  }
}

const known = new WeakMap<readonly SentEvent[], Buffer>();

/** Events as they go out; encoded once, however many streams are open. */
function framesOf(events: readonly SentEvent[]): Buffer {
  const frames = known.get(events) ?? Buffer.from(events.map(frameOf).join(''));
  known.set(events, frames);
  return frames;
}

function frameOf({ id, type, json }: SentEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${json}\n\n`;
}
