/**
 * Waits for what comes about somewhere else, with a limit and with words for what did not come. p-wait-for would repeat
 * the question as well, but its limit does not move with progress, an error ends it, and it knows no log.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Unavailable, messageOf } from '@honyaku/contracts';

const usualMilliseconds = 200;

export interface Wait {
  /** The awaited thing, as the end of "within 30 s there was no …". */
  readonly what: string;
  /** Without an answer, counted from the last progress where the question reports any. */
  readonly seconds: number;
  /** Between an answer and the next question. */
  readonly everyMilliseconds?: number;
  /** Its last lines are part of the error when the time is up. */
  readonly logFile?: string;
}

/** Reports how far the thing has come, by whatever grows with it: a change is progress. */
export type ReportProgress = (state: number | string) => void;

/**
 * Asks until the answer is something; an error counts as none.
 * @throws Unavailable when the time is up, with the last error and the end of the log
 */
export async function until<Answer>(
  { what, seconds, everyMilliseconds = usualMilliseconds, logFile }: Wait,
  ask: (progress: ReportProgress) => Answer | undefined | Promise<Answer | undefined>,
): Promise<Answer> {
  const fromNow = () => Date.now() + seconds * 1000;
  let deadline = fromNow();
  let last: number | string | undefined;
  const progress: ReportProgress = (state) => {
    if (state !== last) deadline = fromNow();
    last = state;
  };
  for (;;) {
    let error: unknown;
    try {
      const answer = await ask(progress);
      if (answer !== undefined) return answer;
    } catch (cause) {
      error = cause;
    }
    if (Date.now() > deadline) {
      const why = error === undefined ? '' : `: ${messageOf(error)}`;
      const end = logFile === undefined ? '' : `; the end of ${logFile}:\n${lastLines(logFile)}`;
      throw new Unavailable(`within ${seconds} s there was no ${what}${why}${end}`, { cause: error });
    }
    await delay(everyMilliseconds);
  }
}

/** The end of a log that may not be there yet. */
export function lastLines(logFile: string): string {
  const empty = '(nothing is in it)';
  try {
    const text = readFileSync(logFile, 'utf8').trimEnd();
    return text === '' ? empty : text.split('\n').slice(-10).join('\n');
  } catch {
    return empty;
  }
}

/** Whether the address answers with success, in time. */
export async function answersWell(url: string, milliseconds = 1_000): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(milliseconds) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
