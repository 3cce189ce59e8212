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

  send({ id, type, json }: SentEvent): void {
    if (type === 'progress' && this.response.writableLength > limits.progress) return;
    this.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${json}\n\n`);
  }

  close(): void {
    clearInterval(this.heartbeat);
    this.response.end();
  }

  private write(text: string): void {
    if (this.response.writableEnded || this.response.destroyed) return;
    if (this.response.writableLength > limits.close) this.response.destroy();
    else this.response.write(text);
  }
}
