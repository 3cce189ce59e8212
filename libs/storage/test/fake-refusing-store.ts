/** In the place of stores that cannot be had here: answers every request with one error. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export class FakeRefusingStore {
  readonly requests: { readonly method: string; readonly headers: IncomingHttpHeaders }[] = [];
  private readonly server = createServer((request, response) => void this.answer(request.resume(), response));

  constructor(
    private readonly status: number,
    private readonly code: string,
    private readonly milliseconds = 0,
  ) {}

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer({ method = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push({ method, headers });
    await delay(this.milliseconds);
    const body = `<?xml version="1.0"?><Error><Code>${this.code}</Code><Message>no</Message></Error>`;
    response.writeHead(this.status, { 'content-type': 'application/xml' });
    response.end(method === 'HEAD' ? undefined : body);
  }
}
