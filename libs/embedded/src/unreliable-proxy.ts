/** An HTTP proxy before an object store, which does to an exchange what networks and busy stores do. */
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer, request as ask } from 'node:http';
import { type AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

/**
 * What the client gets instead of the store's answer, and whether the store has `done` what was asked; or the
 * store's answer that ends half-way (`halve`) or has a wrong byte (`damage`), or none at all (`silence`).
 */
export type Trouble =
  { readonly instead: 500 | 503 | 'cut'; readonly done: boolean } | 'halve' | 'damage' | 'silence';

/** Chooses requests, given as `METHOD /path?query`. */
type Wants = (request: string) => boolean;

/** A request that is kept from the store. */
export interface HeldRequest {
  readonly arrived: Promise<void>;
  /** Lets it go on. @returns when the store has answered */
  readonly release: () => Promise<void>;
}

interface Hold extends HeldRequest {
  readonly wants: Wants;
  readonly arrive: () => void;
  readonly released: Promise<void>;
  readonly answer: () => void;
}

export class UnreliableProxy {
  private holds: readonly Hold[] = [];
  private target = new URL('http://127.0.0.1');
  private readonly server = createServer((incoming, outgoing) => {
    this.pass(incoming, outgoing).catch(() => outgoing.destroy());
  });

  /** @param trouble of each request, given as `METHOD /path?query`; it may take its time */
  constructor(
    private readonly trouble: (request: string) => Trouble | undefined | Promise<Trouble | undefined> = () =>
      undefined,
  ) {}

  /** @returns the proxy's own address, which stays the same when the store comes back at another */
  async start(target: string): Promise<string> {
    this.retarget(target);
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${address.port}`;
  }

  retarget(target: string): void {
    this.target = new URL(target);
  }

  /** Keeps the next such request that no earlier hold keeps from the store until it is released. */
  holdNext(wants: Wants): HeldRequest {
    const [arrived, arrive] = signal();
    const [released, release] = signal();
    const [answered, answer] = signal();
    const hold: Hold = {
      wants,
      arrived,
      arrive,
      released,
      answer,
      release: () => {
        release();
        return answered;
      },
    };
    this.holds = [...this.holds, hold];
    return hold;
  }

  /** Connections of clients that are open. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request = `${incoming.method} ${incoming.url}`;
    const held = await this.heldBack(request);
    try {
      // The client may have gone meanwhile.
      if (outgoing.destroyed) return;
      const trouble = await this.trouble(request);
      if (trouble === 'silence') return void incoming.resume();
      if (typeof trouble === 'object' && !trouble.done) return answerInstead(trouble, incoming, outgoing);
      const answer = await this.storesAnswer(incoming, outgoing);
      held?.answer();
      if (typeof trouble === 'object') {
        answer.resume();
        return answerInstead(trouble, incoming, outgoing);
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      if (trouble === undefined) await pipeline(answer, outgoing);
      else await spoil(trouble, answer, outgoing);
    } finally {
      held?.answer();
    }
  }

  private async heldBack(request: string): Promise<Hold | undefined> {
    const held = this.holds.find(({ wants }) => wants(request));
    if (!held) return undefined;
    this.holds = this.holds.filter((hold) => hold !== held);
    held.arrive();
    await held.released;
    return held;
  }

  private async storesAnswer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<IncomingMessage> {
    const { hostname, port } = this.target;
    const { method, url: path, headers } = incoming;
    // The signature covers the Host header, so it goes on as it came.
    const forwarded = ask({ hostname, port, method, path, headers });
    forwarded.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
    const [answer] = (await once(forwarded, 'response')) as [IncomingMessage];
    return answer;
  }
}

function answerInstead(
  { instead }: Trouble & object,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  if (instead === 'cut') return void outgoing.destroy();
  incoming.resume();
  const code = instead === 500 ? 'InternalError' : 'ServiceUnavailable';
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>disturbed on purpose</Message></Error>`;
  outgoing.writeHead(instead, { 'content-type': 'application/xml' }).end(body);
}

async function spoil(how: 'halve' | 'damage', answer: IncomingMessage, outgoing: ServerResponse) {
  const body = await buffer(answer);
  if (how === 'halve') outgoing.write(body.subarray(0, body.length / 2), () => outgoing.destroy());
  else {
    if (body.length > 0) body[0] = (body[0] ?? 0) ^ 1;
    outgoing.end(body);
  }
}

function signal(): [happened: Promise<void>, happen: () => void] {
  let happen: () => void = () => undefined;
  const happened = new Promise<void>((resolve) => {
    happen = resolve;
  });
  return [happened, happen];
}
