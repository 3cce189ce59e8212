import { describe, expect, it } from 'vitest';
import { FailedTry, type JobFailure, failureText, jobFailureOf, putBacksIn } from './job-log.ts';
import { toJson } from './json.ts';

const at = '2026-01-01T10:00:00.000Z';
const line = (failedTry: number, failure: JobFailure) => toJson(FailedTry, { at, failedTry, failure });

describe('the failure of a job', () => {
  const noSpace: JobFailure = { kind: 'OutOfMemory', reason: 'no space: 5' };

  it('is that of its last attempt, whatever its text is', () => {
    const log = [line(1, { kind: 'Bug', reason: 'x' }), line(2, noSpace), '{"by":"another"}', 'no JSON'];
    expect(jobFailureOf({ attemptsMade: 2, failedReason: 'of any form', log })).toEqual(noSpace);
  });

  it.each([
    [failureText(noSpace), noSpace],
    ['TypeError: x is undefined', { kind: 'Bug', reason: 'TypeError: x is undefined' }],
  ])('is read from the text of a worker that writes no log: %s', (failedReason, failure) => {
    expect(jobFailureOf({ attemptsMade: 1, failedReason, log: [] })).toEqual(failure);
    // A worker of a later version made the previous attempt.
    const log = [line(1, { kind: 'Corrupt', reason: 'x' })];
    expect(jobFailureOf({ attemptsMade: 2, failedReason, log })).toEqual(failure);
  });

  it('keeps its reason if a later version wrote an unknown kind and field', () => {
    const later = { at, failedTry: 1, by: 'w', failure: { kind: 'Preempted', reason: 'gone', node: 'n1' } };
    const failed = { attemptsMade: 1, failedReason: 'Preempted: gone', log: [JSON.stringify(later)] };
    expect(jobFailureOf(failed)).toEqual({ kind: 'Bug', reason: 'gone' });
  });

  it('is not a put-back', () => {
    expect(putBacksIn([line(1, noSpace)])).toEqual([]);
  });
});
