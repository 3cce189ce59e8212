/** The counts of vitest's JSON report. */
import { readFileSync } from 'node:fs';

/**
 * A file that could not be loaded, an error outside any test and a run without a report each count as one failure,
 * so that nothing fails unseen.
 * @param {string} report path of vitest's JSON report
 * @param {boolean} succeeded whether vitest ended with 0
 */
export function countTests(report, succeeded) {
  const { passed, failed } = countReport(report);
  return { passed, failed: failed === 0 && !succeeded ? 1 : failed };
}

function countReport(report) {
  let text;
  try {
    text = readFileSync(report, 'utf8');
  } catch {
    return { passed: 0, failed: 1 };
  }
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(text);
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  );
  return { passed: numPassedTests, failed: numFailedTests + broken.length };
}
