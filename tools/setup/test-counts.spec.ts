import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'honyaku-counts-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Counts as check.mjs does, in a process of its own: it is plain JavaScript. */
function count(report: object | undefined, succeeded: boolean): unknown {
  const path = join(folder, 'report.json');
  rmSync(path, { force: true });
  if (report) writeFileSync(path, JSON.stringify(report));
  const script = `import { countTests } from './test-counts.mjs';
    console.log(JSON.stringify(countTests(${JSON.stringify(path)}, ${succeeded})))`;
  const args = ['--input-type=module', '-e', script];
  return JSON.parse(spawnSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' }).stdout);
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
