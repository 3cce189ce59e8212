import { Conflict, InvalidInput, messageOf, Unavailable } from '@honyaku/contracts';
import pTimeout, { TimeoutError } from 'p-timeout';

/** What is asked for at the end of the time gets this long all the same. */
const fairMilliseconds = 5_000;
const pauseMilliseconds = 500;

/**
 * Tries until it succeeds, while trying again can help.
 * @param name of the service, at the beginning of messages
 * @param onReason gets each reason for waiting once
 * @throws InvalidInput and Conflict at once; Unavailable with the last reason when the time is over
 */
export async function untilAvailable(
  name: string,
  attempt: () => Promise<unknown>,
  { milliseconds, onReason }: { readonly milliseconds: number; readonly onReason: (reason: string) => void },
): Promise<void> {
  const end = Date.now() + milliseconds;
  let last: unknown;
  for (;;) {
    try {
      const limit = Math.max(fairMilliseconds, end - Date.now());
      return void (await pTimeout(attempt(), { milliseconds: limit, message: 'no answer' }));
    } catch (error) {
      if (error instanceof InvalidInput || error instanceof Conflict) throw error;
      // An answer that came says more than one that did not.
      if (last === undefined || !(error instanceof TimeoutError)) {
        if (last === undefined || messageOf(error) !== messageOf(last)) onReason(messageOf(error));
        last = error;
      }
    }
    if (Date.now() >= end) {
      throw new Unavailable(
        `${name} cannot be used, tried for ${milliseconds / 1000} s: ${messageOf(last)}`,
        { cause: last },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMilliseconds, end - Date.now())));
  }
}
