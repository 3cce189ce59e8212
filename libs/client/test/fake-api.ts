/** An HTTP server in the place of the API; the test sets its answers. */
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export class FakeApi {
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] =
    [];
  private readonly server = createServer((request, response) => void this.answer(request, response));
  private readonly routes = new Map<string, Answer>();

  static async start(): Promise<FakeApi> {
    const api = new FakeApi();
    api.server.listen(0, '127.0.0.1');
    await once(api.server, 'listening');
    return api;
  }

  get url(): string {
    const address = this.server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  /** @param route e.g. `GET /v1/sweeps`, without a query */
  on(route: string, answer: Answer): this {
    this.routes.set(route, answer);
    return this;
  }

  onJson(route: string, json: string, status = 200): this {
    return this.on(route, (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(json);
    });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    let body = '';
    for await (const chunk of request) body += String(chunk);
    this.requests.push({ method, url, headers, body });
    const answer = this.routes.get(`${method} ${url.split('?')[0]}`);
    if (answer) answer(request, response, body);
    else
      response
        .writeHead(404, { 'content-type': 'application/json' })
        .end(JSON.stringify({ error: 'NotFound', message: `nothing at ${url}` }));
  }
}
