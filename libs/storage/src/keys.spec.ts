import { describe, expect, it } from 'vitest';
import { isScoreRecord, keys, logSequenceOf } from './keys.ts';

describe('keys', () => {
  it('put what belongs to a trial under its sweep, epochs in the order of their names', () => {
    expect(keys.sweepYaml('tatoeba-4f9a1c')).toBe('sweeps/tatoeba-4f9a1c/sweep.yaml');
    expect(keys.sweepRecord('tatoeba-4f9a1c')).toBe('sweeps/tatoeba-4f9a1c/sweep.json');
    expect(keys.bestFolder('tatoeba-4f9a1c')).toBe('sweeps/tatoeba-4f9a1c/best');
    const trial = 'sweeps/tatoeba-4f9a1c/trials/tatoeba-4f9a1c-0012';
    expect(keys.trialRecord('tatoeba-4f9a1c-0012')).toBe(`${trial}/trial.json`);
    expect(keys.epochRecord('tatoeba-4f9a1c-0012', 3)).toBe(`${trial}/epochs/0003/record.json`);
    expect(keys.partialRecord('tatoeba-4f9a1c-0012', 3, 'attempt-1-a')).toBe(
      `${trial}/epochs/0003/attempt-1-a/partial.json`,
    );
    expect(keys.logEntry('tatoeba-4f9a1c', 12)).toBe('sweeps/tatoeba-4f9a1c/log/00000012.json');
    expect(keys.evaluationRecord('tatoeba-4f9a1c-0012', 12)).toBe(`${trial}/epochs/0012/evaluation.json`);
  });

  it('give the number of a log entry, and none for other keys', () => {
    expect(logSequenceOf(keys.logEntry('tatoeba-4f9a1c', 12))).toBe(12);
    expect(logSequenceOf('sweeps/a-1/log/notes.txt')).toBeUndefined();
    expect(logSequenceOf(keys.sweepRecord('tatoeba-4f9a1c'))).toBeUndefined();
  });

  it('tell score records from other objects', () => {
    const record = keys.scoreRecord('tatoeba-4f9a1c-0012', 3);
    expect(record).toBe('sweeps/tatoeba-4f9a1c/trials/tatoeba-4f9a1c-0012/epochs/0003/score.json');
    expect(isScoreRecord(record)).toBe(true);
    expect(isScoreRecord(keys.evaluationRecord('tatoeba-4f9a1c-0012', 3))).toBe(false);
  });

  it('name corpora and datasets by their digest', () => {
    const digest = 'a'.repeat(64);
    expect(keys.corpus(digest)).toBe(`corpora/${digest}/corpus.json`);
    expect(keys.corpusFolder(digest)).toBe(`corpora/${digest}`);
    expect(keys.manifest(digest)).toBe(`datasets/${digest}/manifest.json`);
    expect(keys.datasetFolder(digest)).toBe(`datasets/${digest}`);
  });
});
