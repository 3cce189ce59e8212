import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { countTests, sumOf } from './test-counts.ts';

const folder = mkdtempSync(join(tmpdir(), 'honyaku-counts-'));
afterAll(() => rmSync(folder, { recursive: true }));

function count(report: object | undefined, succeeded: boolean) {
  const path = join(folder, 'report.json');
  rmSync(path, { force: true });
  if (report) writeFileSync(path, JSON.stringify(report));
  return countTests(path, succeeded);
}

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});

describe('countTests', () => {
  it('takes the counts of the report', () => {
    const testResults = [file('passed', 'passed', 'passed'), file('failed', 'failed')];
    expect(count({ numPassedTests: 2, numFailedTests: 1, testResults }, false)).toEqual({
      passed: 2,
      failed: 1,
    });
  });

  it('counts a test file that could not be loaded as a failure', () => {
    const testResults = [file('passed', 'passed'), file('failed'), file('failed')];
    expect(count({ numPassedTests: 1, numFailedTests: 0, testResults }, false)).toEqual({
      passed: 1,
      failed: 2,
    });
  });

  it('counts a failure outside any test', () => {
    const testResults = [file('passed', 'passed')];
    expect(count({ numPassedTests: 1, numFailedTests: 0, testResults }, false)).toEqual({
      passed: 1,
      failed: 1,
    });
  });

  it('counts a run without a report as a failure', () => {
    expect(count(undefined, true)).toEqual({ passed: 0, failed: 1 });
  });
});

describe('sumOf', () => {
  it('adds the counts of all checks', () => {
    expect(
      sumOf([
        { passed: 2, failed: 1 },
        { passed: 0, failed: 1 },
      ]),
    ).toEqual({ passed: 2, failed: 2 });
  });
});
