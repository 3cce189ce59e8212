import { setTimeout as delay } from 'node:timers/promises';
import { Unavailable } from '@honyaku/contracts';
import { isFinal } from './s3-errors.ts';

const tries = 5;

/** Runs the operation, with growing pauses up to five times (counted from 1), unless its failure is final. */
export async function withRetries<Result>(operation: (attempt: number) => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await operation(attempt);
    } catch (error) {
      const cause = error instanceof Unavailable ? error.cause : error;
      if (attempt >= tries || isFinal(cause ?? error)) throw error;
      await delay(100 * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}
