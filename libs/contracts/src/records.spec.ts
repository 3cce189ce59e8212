import { describe, expect, it } from 'vitest';
import { exampleHeldOut } from '../test/examples.ts';
import { EvaluationRecord, heldOutOf, translationsFileName } from './records.ts';

const metrics = exampleHeldOut(9);

function evaluated(key: string): EvaluationRecord {
  return {
    trialId: 'one-4f9a1c-0001',
    epoch: 1,
    model: 'a'.repeat(64),
    metrics,
    ownPerplexity: 9,
    samples: [],
    translations: { key, bytes: 1, sha256: 'b'.repeat(64) },
    provenance: { host: 'h', worker: 'w', codeVersion: '1', nodeVersion: 'v', tensorflowVersion: 't' },
    committedAt: '2026-01-01T00:00:00.000Z',
  };
}

describe('an evaluation', () => {
  it.each([1, 7, 2000])('reads the number of cut translations from the name of their file: %d', (cut) => {
    const record = EvaluationRecord.parse(evaluated(`attempt-1-4f9a1c/${translationsFileName(cut)}`));
    expect(heldOutOf(record).translations.truncated).toBe(cut);
  });

  it.each([translationsFileName(0), 'attempt-1-4f9a1c/translations.json', 'translations-x-cut.json'])(
    'has no number of cut translations without one in the name: %s',
    (key) => {
      expect(heldOutOf(evaluated(key))).toEqual(metrics);
    },
  );
});
