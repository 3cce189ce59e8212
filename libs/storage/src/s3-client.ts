/** minio's client, and HTTP for it, with what it lacks: IPv6 addresses and requests that can be given up. */
import { Client, type ClientOptions } from 'minio';
import { AsyncLocalStorage } from 'node:async_hooks';
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';

/** minio's client takes no IPv6 address, though all that comes after its check does. */
export class S3Client extends Client {
  constructor(endpoint: URL, options: Omit<ClientOptions, 'endPoint' | 'port' | 'useSSL'>) {
    const useSSL = endpoint.protocol === 'https:';
    const port = endpoint.port === '' ? (useSSL ? 443 : 80) : Number(endpoint.port);
    const isIpv6 = endpoint.hostname.startsWith('[');
    super({ ...options, endPoint: isIpv6 ? 'localhost' : endpoint.hostname, port, useSSL });
    if (isIpv6) this.host = endpoint.hostname.slice(1, -1);
  }
}

/** Why requests end that an operation has left open. */
const over = 'the operation is over';

type OnResponse = (response: IncomingMessage) => void;

/**
 * HTTP whose requests end with the operation they belong to. The minio client knows no abort: without
 * this, what is given up goes on in the background, next to the try that replaces it.
 */
export class BoundedTransport {
  private readonly operations = new AsyncLocalStorage<AbortSignal>();
  private readonly transport: Pick<typeof http, 'request'>;

  constructor(protocol: string) {
    this.transport = protocol === 'https:' ? https : http;
  }

  /** For the minio client. */
  readonly request: typeof http.request = (
    first: string | URL | RequestOptions,
    second?: RequestOptions | OnResponse,
    third?: OnResponse,
  ): ClientRequest => {
    const made = this.send(first, second, third);
    const operation = this.operations.getStore();
    if (operation) {
      const giveUp = () => made.destroy(new Error('given up'));
      operation.addEventListener('abort', giveUp, { once: true });
      made.once('close', () => operation.removeEventListener('abort', giveUp));
    }
    return made;
  };

  /**
   * Runs an operation; every request that it made and that is not over when it ends, by success, failure
   * or the limit, is destroyed.
   * @throws an error with the code ETIMEDOUT after `seconds`
   */
  async run<Result>(seconds: number, operation: () => Promise<Result>): Promise<Result> {
    const requests = new AbortController();
    // Not by p-timeout, which makes an exception with a stack for each operation: 2% of a busy API.
    let clock: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      const error = () =>
        Object.assign(new Error(`no answer within ${Math.round(seconds)} s`), { code: 'ETIMEDOUT' });
      clock = setTimeout(() => reject(error()), seconds * 1000);
    });
    try {
      return await Promise.race([this.operations.run(requests.signal, operation), tooLate]);
    } finally {
      clearTimeout(clock);
      // A reason of our own: without one each operation would make an exception with a stack.
      requests.abort(over);
    }
  }

  private send(
    first: string | URL | RequestOptions,
    second?: RequestOptions | OnResponse,
    third?: OnResponse,
  ): ClientRequest {
    if (typeof first !== 'string' && !(first instanceof URL)) {
      return this.transport.request(first, typeof second === 'function' ? second : third);
    }
    return typeof second === 'object'
      ? this.transport.request(first, second, third)
      : this.transport.request(first, second);
  }
}
