/**
 * An HTTP proxy before the object store. Told to, it answers 500 and 503, cuts connections and holds requests
 * up, before as well as after the store has done what was asked.
 */
import { once } from 'node:events';
import { type IncomingMessage, type ServerResponse, createServer, request as ask } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';

/** Probabilities for each request. */
export interface Unreliability {
  readonly refuse: number;
  readonly cut: number;
  readonly hold: number;
}

const reliable: Unreliability = { refuse: 0, cut: 0, hold: 0 };
const longestHoldMilliseconds = 400;

/** A request that is kept from the store. */
export interface HeldRequest {
  readonly arrived: Promise<void>;
  /** Lets it go on. @returns when the store has answered */
  readonly release: () => Promise<void>;
}

interface Hold extends HeldRequest {
  readonly wants: (method: string, path: string) => boolean;
  readonly arrive: () => void;
  readonly released: Promise<void>;
  readonly answer: () => void;
}

export class UnreliableProxy {
  /** Requests that were disturbed. */
  disturbed = 0;
  private unreliability: Unreliability = reliable;
  private random: RandomGenerator | undefined;
  private holds: readonly Hold[] = [];
  private target = '';
  private readonly server = createServer((incoming, outgoing) => void this.pass(incoming, outgoing));

  /** @returns the proxy's own address, which stays the same when the store comes back at another */
  async start(target: string): Promise<string> {
    this.target = target;
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${address.port}`;
  }

  retarget(target: string): void {
    this.target = target;
  }

  /** @param random decides which requests are disturbed, and how */
  becomeUnreliable(unreliability: Unreliability, random: RandomGenerator): void {
    this.unreliability = unreliability;
    this.random = random;
  }

  becomeReliable(): void {
    this.unreliability = reliable;
  }

  /** Keeps the next such request that no earlier hold keeps from the store until it is released. */
  holdNext(wants: Hold['wants']): HeldRequest {
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

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { refuse, cut, hold } = this.unreliability;
    const share = () => (this.random ? uniformFloat64(this.random) : 1);
    const happens = (probability: number) => {
      const does = share() < probability;
      if (does) this.disturbed += 1;
      return does;
    };
    const held = this.holds.find(({ wants }) => wants(incoming.method ?? '', incoming.url ?? ''));
    if (held) {
      this.holds = this.holds.filter((hold) => hold !== held);
      held.arrive();
      await held.released;
      // Who asked may have given up meanwhile.
      if (outgoing.destroyed) return held.answer();
    }
    if (happens(hold)) await delay(share() * longestHoldMilliseconds);
    if (happens(refuse / 2)) return this.refuse(incoming, outgoing);
    if (happens(cut / 2)) return void incoming.destroy();
    const afterwards = happens(refuse / 2) ? 'refuse' : happens(cut / 2) ? 'cut' : 'pass';
    const { hostname, port } = new URL(this.target);
    // The signature covers the Host header, so it goes on as it came.
    const forwarded = ask(
      { hostname, port, method: incoming.method, path: incoming.url, headers: incoming.headers },
      (answer) => {
        held?.answer();
        if (afterwards === 'refuse') {
          answer.resume();
          return this.refuse(incoming, outgoing);
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        if (afterwards === 'cut') {
          answer.once('data', () => outgoing.destroy()).once('end', () => outgoing.destroy());
          return;
        }
        answer.on('error', () => outgoing.destroy());
        answer.pipe(outgoing);
      },
    );
    forwarded.on('error', () => {
      held?.answer();
      outgoing.destroy();
    });
    outgoing.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  }

  private refuse(incoming: IncomingMessage, outgoing: ServerResponse): void {
    incoming.resume();
    const status = this.random && uniformFloat64(this.random) < 0.5 ? 500 : 503;
    const code = status === 500 ? 'InternalError' : 'ServiceUnavailable';
    const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>disturbed on purpose</Message></Error>`;
    outgoing.writeHead(status, { 'content-type': 'application/xml' }).end(body);
  }
}

function signal(): [happened: Promise<void>, happen: () => void] {
  let happen: () => void = () => undefined;
  const happened = new Promise<void>((resolve) => {
    happen = resolve;
  });
  return [happened, happen];
}
