/** One client's stream of server-sent events, with a bound on what is held for a client that reads slowly. */
import { type ServerResponse } from 'node:http';
import { type SentEvent } from './event-bus.ts';

const heartbeatMilliseconds = 15_000;

/** Above the first, progress is left out; above the second the client is cut off, and catches up when it comes back. */
const limits = { progress: 64 * 1024, close: 4 * 1024 * 1024 };

export class EventStream {
  private readonly heartbeat: NodeJS.Timeout;

  constructor(private readonly response: ServerResponse) {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      connection: 'keep-alive',
      // Proxies of the nginx kind hold a response back unless told.
      'x-accel-buffering': 'no',
    });
    response.write(': honyaku\n\n');
    this.heartbeat = setInterval(() => this.write(': still here\n\n'), heartbeatMilliseconds);
    response.on('close', () => clearInterval(this.heartbeat));
  }

  send(event: SentEvent): void {
    if (event.type === 'progress' && this.response.writableLength > limits.progress) return;
    this.write(frameOf(event));
  }

  close(): void {
    clearInterval(this.heartbeat);
    this.response.end();
  }

  private write(frame: Buffer | string): void {
    if (this.response.writableEnded || this.response.destroyed) return;
    if (this.response.writableLength > limits.close) this.response.destroy();
    else this.response.write(frame);
  }
}

const frames = new WeakMap<SentEvent, Buffer>();

/** The event as it goes out; encoded once, however many streams are open. */
function frameOf(event: SentEvent): Buffer {
  const known = frames.get(event);
  if (known) return known;
  const { id, type, json } = event;
  const frame = Buffer.from(`${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${json}\n\n`);
  frames.set(event, frame);
  return frame;
}
