/**
 * `npm run test:faults`: disturbs sweeps on real parts and compares what is left with an undisturbed one.
 * Exit code 0 when every fault was survived, 1 otherwise, 2 for bad usage.
 */
import { setExitCode } from '../command-line/words.ts';
import { FaultSession, type Result, resultLine, summary } from './fault-session.ts';
import { type FaultOptions, readOptions } from './options.ts';

async function main({ plan, seed }: FaultOptions): Promise<boolean> {
  const started = performance.now();
  print(`seed ${seed}`);
  const session = await FaultSession.start(seed);
  const results: Result[] = [];
  try {
    print(`undisturbed: ${session.sweepSeconds.toFixed(1)} s a sweep, twice the same bytes`);
    for (const { fault, times } of plan) {
      for (let time = 1; time <= times; time += 1) {
        const result = await session.inject(fault, time);
        results.push(result);
        print(`${time}/${times} ${resultLine(result)}`);
      }
    }
  } finally {
    await session.stop();
  }
  print(summary(results, (performance.now() - started) / 1000));
  return results.every(({ outcome }) => outcome !== 'lost');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await setExitCode((words) => main(readOptions(words)));
