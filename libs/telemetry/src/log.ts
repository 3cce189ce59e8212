/** The log of a program: JSON lines on standard output. A line that cannot be written is lost, and the program goes on. */
import { type Level, type Logger, pino } from 'pino';

/** Kept while nothing can be written, as on a full disk; later lines are lost. */
const mostBytesKept = 1024 ** 2;
const repeatedMilliseconds = 10_000;

/** @param base fields of every line */
export function openLog(level: Level | 'silent', base: Readonly<Record<string, string>>): Logger {
  const output = pino.destination({ dest: 1, sync: true, maxLength: mostBytesKept });
  // Without listeners a full disk behind the log would end the program, or hold it up for ever.
  for (const stream of [output, process.stderr]) stream.on('error', () => undefined);
  return pino({ level, base }, output);
}

/** Passes on an error of one reason once in ten seconds: what fails several times a second would fill the disk. */
export function notTooOften(log: (error: Error) => void): (error: Error) => void {
  let last = { reason: '', at: -Infinity };
  return (error) => {
    const now = performance.now();
    if (error.message === last.reason && now - last.at < repeatedMilliseconds) return;
    last = { reason: error.message, at: now };
    log(error);
  };
}
