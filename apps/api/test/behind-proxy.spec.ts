/** The client and the API with a proxy in between, as on a cluster: it serves the API under a path and has limits of its own. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import {
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
  request as ask,
} from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { downloadBest, watchSweep } from '@honyaku/cli';
import { ApiClient } from '@honyaku/client';
import { InvalidInput, NotFound, Unavailable, docsPath, openApiPath, routes } from '@honyaku/contracts';
import { UnreliableProxy } from '@honyaku/embedded/unreliable-proxy';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { modelBytes } from '@honyaku/local-stack/fake-trainer';
import { ApiPlatform, digest, improving } from './api-platform.ts';

const token = 'a-token-of-many-letters';
const base = '/honyaku';
const never = new AbortController().signal;

/** Forwards requests under its path to the API, and refuses bodies larger than `maxBytes`. */
class PathProxy {
  /** Answers of the proxy itself, by the path that remains without its own. */
  readonly answers = new Map<string, (response: ServerResponse) => void>();
  /** Paths whose answers are buffered until they are complete. */
  readonly buffered = new Set<string>();
  readonly maxBytes = 100_000;
  private readonly server: Server = createServer((incoming, outgoing) => {
    this.pass(incoming, outgoing).catch(() => outgoing.destroy());
  });

  constructor(private readonly target: string) {}

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${base}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    if (!url.startsWith(`${base}/`)) return page(outgoing, 404);
    const path = url.slice(base.length);
    const own = this.answers.get(path.split('?', 1)[0] ?? '');
    if (own) return own(outgoing);
    const forward = ask(`${this.target}${path}`, { method, headers });
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= this.maxBytes || outgoing.headersSent) return;
      forward.destroy();
      page(outgoing, 413, { connection: 'close' });
      outgoing.once('finish', () => incoming.destroy());
    });
    const [[response]] = await Promise.all([once(forward, 'response'), pipeline(incoming, forward)]);
    if (this.buffered.has(path.split('?', 1)[0] ?? '')) await once(response, 'end');
    outgoing.writeHead(response.statusCode, response.headers);
    await pipeline(response, outgoing);
  }
}

function page(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(`<h1>${status}</h1>`);
}

let platform: ApiPlatform;
let proxy: PathProxy;
let client: ApiClient;
let folder: string;
beforeAll(async () => {
  platform = await ApiPlatform.open();
  await platform.api.close();
  platform.api = await platform.start({ HONYAKU_API_TOKEN: token });
  proxy = new PathProxy(platform.api.url);
  client = new ApiClient({ url: await proxy.start(), token });
  folder = await mkdtemp(join(tmpdir(), 'honyaku-proxy-'));
});
afterEach(() => {
  proxy.answers.clear();
  proxy.buffered.clear();
});
afterAll(async () => {
  proxy?.stop();
  await platform?.close();
  await rm(folder, { recursive: true, force: true });
});

const submit = (name: string) => client.submit(JSON.stringify({ name, corpus: { digest }, epochs: 1 }));
/** Waits for the sweep's end. */
async function ended(id: string): Promise<void> {
  await watchSweep(client, id, { output, messages: output, interrupted: never });
}
const output = new PassThrough().resume();

describe('an API under a path of a proxy', () => {
  it('accepts a sweep, streams its events, and serves its best checkpoint without access to the bucket', async () => {
    const { id } = await submit('below');
    await platform.withTrainer({ perplexity: improving }, async () => {
      const { sweep, trials } = await watchSweep(client, id, {
        output,
        messages: output,
        interrupted: never,
      });
      expect([sweep.state, trials.length]).toEqual(['completed', 1]);
    });
    const { config } = await downloadBest(client, id, join(folder, 'best'), { interrupted: never });
    const model = await readFile(join(folder, 'best', config.files.model.key), 'utf8');
    expect(model).toBe(modelBytes(`${id}-0001`, 1));
    const written: unknown = JSON.parse(await readFile(join(folder, 'best', 'config.json'), 'utf8'));
    expect(written).toMatchObject({ sweepId: id, files: { model: { sha256: config.files.model.sha256 } } });
  });

  it('serves its page and its document with links that stay under that path', async () => {
    const html = await (await client.send(docsPath)).text();
    for (const [, link = ''] of html.matchAll(/(?:href|src|url)(?:=|: )["']([^"']+)["']/g)) {
      const { pathname } = new URL(link, `${client.address.url}${docsPath}`);
      expect(pathname.startsWith(`${base}/`)).toBe(true);
      await client.send(pathname.slice(base.length));
    }
    const document: unknown = JSON.parse(await (await client.send(openApiPath)).text());
    expect(document).toMatchObject({ servers: [{ url: '.' }] });
  });

  it(
    'lets a sweep be watched to its end through a proxy that buffers the event stream',
    { timeout: 120_000 },
    async () => {
      proxy.buffered.add(routes.events.path);
      const { id } = await submit('held');
      await platform.withTrainer({ perplexity: improving }, async () => {
        const { sweep } = await watchSweep(client, id, { output, messages: output, interrupted: never });
        expect(sweep.state).toBe('completed');
      });
    },
  );

  it('explains the error when the client omits the path', async () => {
    const wrong = new ApiClient({ url: client.address.url.replace(base, ''), token });
    await expect(wrong.call(routes.sweeps, {})).rejects.toThrow(
      /404 Not Found.*is it a honyaku API, and is its path right/,
    );
  });
});

describe('a bucket inside a cluster', () => {
  it('has presigned URLs with the endpoint that clients reach', async () => {
    const { id } = await submit('published');
    await platform.withTrainer({ perplexity: improving }, () => ended(id));
    const entrance = new UnreliableProxy();
    const address = await entrance.start(platform.bucket.endpoint);
    const api = await platform.start({ HONYAKU_S3_PUBLIC_ENDPOINT: address });
    try {
      const { urls } = await new ApiClient({ url: api.url }).call(routes.best, { id });
      for (const url of Object.values(urls)) expect(new URL(url).origin).toBe(address);
      expect(await (await fetch(urls.model)).text()).toBe(modelBytes(`${id}-0001`, 1));
    } finally {
      await api.close();
      entrance.stop();
    }
  });

  it('cannot have an invalid endpoint for presigned URLs', () => {
    for (const address of ['bucket.example', 'ftp://h', 'https://h/path', 'https://h?x=1'])
      expect(() => platform.environment({ HONYAKU_S3_PUBLIC_ENDPOINT: address })).toThrow(
        /HONYAKU_S3_PUBLIC_ENDPOINT/,
      );
  });
});

describe('a refusal of the proxy', () => {
  it('of a corpus that is too large is explained, whether the proxy answers with 413 or closes the connection', async () => {
    const lines = Array.from({ length: 40_000 }, (_, n) => `犬 ${n}\ta dog ${n}\n`);
    const upload = () =>
      client.uploadCorpus(
        'a'.repeat(64),
        {
          name: 'large',
          licence: 'CC0',
          sourceLanguage: 'ja',
          targetLanguage: 'en',
        },
        Readable.toWeb(Readable.from(lines)),
      );
    await expect(upload()).rejects.toThrow(/proxy.* refuse.* the size.*client_max_body_size/);
  });

  it.each([
    [413, InvalidInput, /refused the size of the request \(413 .*client_max_body_size/],
    [502, Unavailable, /proxy, answered 502 Bad Gateway: the API behind it is away/],
    [503, Unavailable, /503 Service Unavailable/],
    [504, Unavailable, /504 Gateway Timeout/],
    [403, InvalidInput, /refused access \(403 Forbidden\), not the API itself/],
  ])('with %s in HTML is reported by its status', async (status, kind, message) => {
    proxy.answers.set(routes.sweeps.path, (response) => page(response, status));
    const attempt = client.call(routes.sweeps, {});
    await expect(attempt).rejects.toThrow(kind);
    await expect(attempt).rejects.toThrow(message);
  });

  it('by a redirect is reported with the URL to use, and the token is not sent there', async () => {
    const location = `https://training.example${base}${routes.sweeps.path}`;
    proxy.answers.set(routes.sweeps.path, (response) => page(response, 301, { location }));
    await expect(client.call(routes.sweeps, {})).rejects.toThrow(
      `redirects to https://training.example${base}: name the API by that address`,
    );
    await expect(submit('redirected')).rejects.toThrow(InvalidInput);
  });

  it('by a login page with status 200 is not mistaken for an answer of the API', async () => {
    proxy.answers.set(routes.sweeps.path, (response) => page(response, 200));
    await expect(client.call(routes.sweeps, {})).rejects.toThrow(/with text\/html: is it a honyaku API/);
  });

  it('does not hide errors of the API itself', async () => {
    await expect(client.call(routes.sweep, { id: 'absent-1' })).rejects.toThrow(NotFound);
    const stranger = new ApiClient({ url: client.address.url });
    await expect(stranger.call(routes.sweeps, {})).rejects.toThrow(/Bearer <token>/);
  });
});
