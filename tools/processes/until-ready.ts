import { Unavailable } from '@honyaku/contracts';
import { lastLines, until } from './until.ts';

const askMilliseconds = 50;
const answerMilliseconds = 2_000;

/**
 * Waits until a program that was started answers 200.
 * @throws Unavailable with the end of its log, when it does not in time or has ended
 */
export async function untilReady(program: {
  readonly name: string;
  readonly url: string;
  readonly seconds: number;
  readonly logFile: string;
  readonly runs: () => boolean;
}): Promise<void> {
  const { name, url, seconds, logFile, runs } = program;
  const wait = { what: `answer of ${name} at ${url}`, seconds, everyMilliseconds: askMilliseconds, logFile };
  const ready = await until(wait, async () => {
    if (!runs()) return false;
    const answer = await fetch(url, { signal: AbortSignal.timeout(answerMilliseconds) });
    await answer.body?.cancel();
    return answer.ok ? true : undefined;
  });
  if (!ready) throw new Unavailable(`${name} ended before it was ready:\n${lastLines(logFile)}`);
}
