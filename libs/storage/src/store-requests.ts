/** Requests to the object store: each with a time limit for each of a bounded number of tries, and observed. */
import { type ErrorKind, kindOf, Unavailable } from '@honyaku/contracts';
import { BoundedTransport } from './s3-client.ts';
import { asStorageError, isFinal } from './s3-errors.ts';
import { setTimeout as delay } from 'node:timers/promises';

/** A request with its retries, as it ended. */
export interface ObservedRequest {
  /** What was asked: `put-file`, `list`, … */
  readonly operation: string;
  readonly seconds: number;
  /** `ok`, or the kind of the error. */
  readonly outcome: 'ok' | ErrorKind;
  /** Bytes of objects; 0 when it failed. */
  readonly sent: number;
  readonly received: number;
}

/** A request before it is made. */
export interface StoreRequest<Result> {
  readonly operation: string;
  /** Names the object in errors. */
  readonly key: string;
  /** Bytes that go up or, as far as known before, come down: they lengthen the limit. */
  readonly sent?: number;
  readonly received?: number | ((result: Result) => number);
  /** Seconds that the store itself may work on it, e.g. to copy an object. */
  readonly workSeconds?: number;
}

export interface RequestLimits {
  /** Of one try; a transfer may take as much more as its bytes need at a slow but bearable rate. */
  readonly requestSeconds: number;
  /** Of a request with all its tries, and as much more for the bytes of each. */
  readonly totalSeconds: number;
}

const tries = 5;
const slowestBytesPerSecond = 1_000_000;

export class StoreRequests {
  /** What the client has to send by, so that a request that takes too long can be broken off. */
  readonly transport: BoundedTransport;

  constructor(
    private readonly endpoint: string,
    private readonly limits: RequestLimits,
    private readonly observe: (request: ObservedRequest) => void,
  ) {
    this.transport = new BoundedTransport(new URL(endpoint).protocol);
  }

  /** Tries until it succeeds or there is no point in going on. @throws the contracts' errors */
  async run<Result>(
    { operation, key, sent = 0, received = 0, workSeconds = 0 }: StoreRequest<Result>,
    work: (attempt: number) => Promise<Result>,
  ): Promise<Result> {
    const bytes = sent + (typeof received === 'number' ? received : 0);
    const { requestSeconds, totalSeconds } = this.limits;
    const more = workSeconds + bytes / slowestBytesPerSecond;
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1000;
    const left = () => totalSeconds + tries * more - seconds();
    try {
      const result = await withRetries(
        (attempt) => this.limited(key, Math.min(requestSeconds + more, left()), () => work(attempt)),
        left,
      );
      const came = typeof received === 'number' ? received : received(result);
      this.observe({ operation, seconds: seconds(), outcome: 'ok', sent, received: came });
      return result;
    } catch (error) {
      this.observe({ operation, seconds: seconds(), outcome: kindOf(error), sent: 0, received: 0 });
      throw error;
    }
  }

  /** One try, which is not observed. @param what names it in errors @param seconds at most */
  once<Result>(what: string, seconds: number, work: () => Promise<Result>): Promise<Result> {
    return this.limited(what, Math.min(seconds, this.limits.requestSeconds), work);
  }

  private async limited<Result>(what: string, seconds: number, work: () => Promise<Result>): Promise<Result> {
    try {
      return await this.transport.run(seconds, work);
    } catch (error) {
      throw asStorageError(error, what, this.endpoint);
    }
  }
}

/**
 * Runs the operation, with growing pauses up to five times (counted from 1), unless its failure is final.
 * @param left seconds that are left for it; no further try begins when they would be over
 */
async function withRetries<Result>(
  operation: (attempt: number) => Promise<Result>,
  left: () => number,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await operation(attempt);
    } catch (error) {
      const cause = error instanceof Unavailable ? error.cause : error;
      const pause = 100 * 2 ** attempt * (0.5 + Math.random());
      if (attempt >= tries || isFinal(cause ?? error) || left() * 1000 <= pause) throw error;
      await delay(pause);
    }
  }
}
