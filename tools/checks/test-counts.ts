/** How many checks passed and failed, and the counts of vitest's JSON report. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const VitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
});

/**
 * A file that could not be loaded, an error outside any test and a run without a report each count as one failure,
 * so that nothing fails unseen.
 * @param report path of vitest's JSON report
 * @param succeeded whether vitest ended with 0
 */
export function countTests(report: string, succeeded: boolean): Counts {
  const { passed, failed } = countReport(report);
  return { passed, failed: failed === 0 && !succeeded ? 1 : failed };
}

/** A check that either passes or fails, as one test. */
export function asOneTest(succeeded: boolean): Counts {
  return succeeded ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

export function sumOf(counts: readonly Counts[]): Counts {
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
  };
}

function countReport(path: string): Counts {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return { passed: 0, failed: 1 };
  }
  const { numPassedTests, numFailedTests, testResults } = VitestReport.parse(JSON.parse(text));
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return { passed: numPassedTests, failed: numFailedTests + broken.length };
}
