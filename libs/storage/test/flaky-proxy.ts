/** Stands between the client and the object store, and does to an exchange what networks do. */
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';

/** `lose-answer`: the store has done it, the client never hears. `halve`: the body ends half-way. */
export type Fault = 'pass' | 'lose-answer' | 'refuse' | 'silence' | 'halve' | 'damage';

export class FlakyProxy {
  /** Requests that arrived, as `METHOD /path?query`. */
  readonly seen: string[] = [];
  /** Decides on each request. */
  fault: (request: string) => Fault = () => 'pass';
  private readonly server = http.createServer((request, response) => {
    void this.handle(request, response);
  });
  private readonly target: URL;

  constructor(target: string) {
    this.target = new URL(target);
  }

  /** @returns its endpoint */
  async open(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** Connections of clients that are open. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = `${request.method} ${request.url}`;
    this.seen.push(name);
    const fault = this.fault(name);
    const sent: Buffer[] = [];
    for await (const chunk of request) sent.push(Buffer.from(chunk));
    if (fault === 'silence') return;
    if (fault === 'refuse') {
      response.writeHead(503).end();
      return;
    }
    const onward = http.request({
      host: this.target.hostname,
      port: this.target.port,
      method: request.method,
      path: request.url,
      headers: request.headers,
    });
    onward.end(Buffer.concat(sent));
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    const received: Buffer[] = [];
    for await (const chunk of answer) received.push(Buffer.from(chunk));
    const body = Buffer.concat(received);
    if (fault === 'lose-answer') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    if (fault === 'halve') {
      response.write(body.subarray(0, body.length / 2), () => request.socket.destroy());
      return;
    }
    if (fault === 'damage' && body.length > 0) body[0] = (body[0] ?? 0) ^ 1;
    response.end(body);
  }
}
