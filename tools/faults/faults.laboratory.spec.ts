/** The short form of the fault suite: each kind of fault once. `npm run test:faults` does them many times. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultSession, type Result, resultLine, summary } from './fault-session.ts';
import { faults } from './kinds/index.ts';

const seed = 7;
/** Ends what hangs. What is only slow is seen by its progress, in the waits of each fault. */
const hangMilliseconds = 1_800_000;

describe('a sweep survives', () => {
  const results: Result[] = [];
  const started = performance.now();
  let session: FaultSession;
  beforeAll(async () => {
    session = await FaultSession.start(seed);
  }, hangMilliseconds);
  afterAll(async () => {
    await session?.stop();
    process.stdout.write(`${summary(results, (performance.now() - started) / 1000)}\n`);
  });

  it.each(faults.map((fault) => [fault.name, fault] as const))(
    '%s',
    async (_name, fault) => {
      const result = await session.inject(fault);
      results.push(result);
      process.stdout.write(`${resultLine(result)}\n`);
      // Mounting a small disk needs rights that not every machine gives; it says so in the summary.
      expect(result.outcome, resultLine(result)).not.toBe('lost');
    },
    hangMilliseconds,
  );
});
