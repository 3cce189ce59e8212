/**
 * A fake S3 server that keeps objects in memory: as much of the protocol as the platform uses, without checking
 * signatures. What is simulated is the scheduler, and on a small machine a real store would be what is measured.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';

interface Stored {
  readonly body: Buffer;
  readonly etag: string;
  readonly meta: Readonly<Record<string, string>>;
}

const epochStart = new Date(0).toISOString();
const xml = { 'content-type': 'application/xml' };

export class InMemoryBucket {
  requests = 0;
  private readonly objects = new Map<string, Stored>();
  /** In order, made anew when a listing finds that objects came or went. */
  private ordered: string[] | undefined;
  private readonly server = createServer((request, response) => void this.answer(request, response));

  constructor(readonly name: string) {}

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

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    const url = new URL(request.url ?? '/', 'http://bucket');
    const key = decodeURIComponent(url.pathname).slice(this.name.length + 2);
    if (key === '') return this.answerBucket(request, url, response);
    switch (request.method) {
      case 'PUT':
        return this.put(key, request, response);
      case 'DELETE':
        if (this.objects.delete(key)) this.ordered = undefined;
        return void response.writeHead(204).end();
      default:
        return this.get(key, request, response);
    }
  }

  private async put(key: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const source = request.headers['x-amz-copy-source'];
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    if (request.headers['if-none-match'] === '*' && this.objects.has(key)) {
      response.writeHead(412, xml).end('<Error><Code>PreconditionFailed</Code></Error>');
      return;
    }
    const copied =
      typeof source === 'string'
        ? this.objects.get(decodeURIComponent(source).slice(this.name.length + 2))
        : undefined;
    if (source !== undefined && !copied) {
      response.writeHead(404, xml).end('<Error><Code>NoSuchKey</Code></Error>');
      return;
    }
    const body = copied?.body ?? Buffer.concat(chunks);
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    const meta = Object.fromEntries(
      Object.entries(request.headers).flatMap(([name, value]) =>
        name.startsWith('x-amz-meta-') ? [[name, String(value)]] : [],
      ),
    );
    if (!this.objects.has(key)) this.ordered = undefined;
    this.objects.set(key, { body, etag, meta });
    const answer = copied
      ? `<CopyObjectResult><ETag>${etag}</ETag><LastModified>${epochStart}</LastModified></CopyObjectResult>`
      : '';
    response.writeHead(200, { etag, ...(copied ? xml : {}) }).end(answer);
  }

  private get(key: string, request: IncomingMessage, response: ServerResponse): void {
    const found = this.objects.get(key);
    if (!found) return void response.writeHead(404, xml).end('<Error><Code>NoSuchKey</Code></Error>');
    const { body, etag, meta } = found;
    response.writeHead(200, {
      etag,
      'content-length': body.length,
      'last-modified': new Date(0).toUTCString(),
      ...meta,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  private answerBucket(request: IncomingMessage, url: URL, response: ServerResponse): void {
    request.resume();
    const asked = url.searchParams;
    if (asked.has('uploads')) {
      response
        .writeHead(200, xml)
        .end('<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>');
      return;
    }
    response.writeHead(200, xml).end(asked.has('list-type') ? this.list(asked) : '');
  }

  private list(asked: URLSearchParams): string {
    const prefix = asked.get('prefix') ?? '';
    const delimiter = asked.get('delimiter') ?? '';
    const after = asked.get('continuation-token') ?? asked.get('start-after') ?? '';
    const most = Number(asked.get('max-keys') ?? 1_000);
    this.ordered ??= [...this.objects.keys()].sort();
    const keys = this.ordered.filter((key) => key.startsWith(prefix) && key > after);
    if (delimiter !== '') {
      const folders = new Set(
        keys.map((key) => key.slice(0, key.indexOf(delimiter, prefix.length) + 1)).filter(Boolean),
      );
      const listed = [...folders].map(
        (folder) => `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`,
      );
      return `<ListBucketResult><IsTruncated>false</IsTruncated>${listed.join('')}</ListBucketResult>`;
    }
    const page = keys.slice(0, most);
    const contents = page.map(
      (key) =>
        `<Contents><Key>${key}</Key><Size>${this.objects.get(key)?.body.length ?? 0}</Size><LastModified>${epochStart}</LastModified></Contents>`,
    );
    const truncated = keys.length > page.length;
    const next = truncated ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : '';
    return `<ListBucketResult><IsTruncated>${truncated}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`;
  }
}
