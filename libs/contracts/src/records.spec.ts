import { describe, expect, it } from 'vitest';
import { exampleHeldOut, exampleTrial } from '../test/examples.ts';
import {
  EvaluationRecord,
  heldOutOf,
  precisionOf,
  TrainedConfig,
  translationsFileName,
  withPrecision,
} from './records.ts';

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

describe('the precision of a trial', () => {
  const { config } = exampleTrial('one-4f9a1c', 1, []);
  const native = { ...config.runtime, kernels: 'native' as const };

  it('is what auto came to, or the sweep’s own', () => {
    const auto = { ...config, runtime: { ...native, precision: 'auto' as const } };
    expect(withPrecision(auto, 'bfloat16').runtime).toEqual({ ...native, precision: 'bfloat16' });
    expect(withPrecision(auto, 'float32').runtime).toEqual({ ...native, precision: 'float32' });
    expect(withPrecision(config, 'bfloat16')).toEqual(config);
    const chosen = { ...config, runtime: { ...native, precision: 'bfloat16' as const } };
    expect(withPrecision(chosen, 'float32')).toEqual(chosen);
  });

  it('is never auto in what an epoch was trained with', () => {
    const auto = { ...config, runtime: { ...native, precision: 'auto' } };
    expect(TrainedConfig.safeParse(auto).success).toBe(false);
    expect(TrainedConfig.safeParse(config).success).toBe(true);
  });

  it('stands in the names of its kernels', () => {
    expect(precisionOf(['native 3f2a5b6c7d8e avx512-bf16 bfloat16'])).toBe('bfloat16');
    expect(precisionOf(['native 3f2a5b6c7d8e avx512-bf16'])).toBe('float32');
    expect(precisionOf(undefined)).toBe('float32');
  });
});
