/** Values for tests of all packages, in one place so that a new field does not touch each of them. */
import { type SweepView } from '../src/api.ts';
import { type HeldOutMetrics } from '../src/records.ts';

/** Trials by state; those not given are none. */
export function exampleCounts(counts: Partial<SweepView['trials']>): SweepView['trials'] {
  return {
    planned: 0,
    pending: 0,
    running: 0,
    paused: 0,
    completed: 0,
    pruned: 0,
    failed: 0,
    lost: 0,
    cancelled: 0,
    ...counts,
  };
}

/** Of an evaluation that came to this perplexity. */
export function exampleHeldOut(perplexity: number, more: Partial<HeldOutMetrics> = {}): HeldOutMetrics {
  return {
    targetTokens: 200,
    perplexity,
    perplexityBatchMean: perplexity,
    bitsPerCharacter: Math.log2(perplexity) / 4,
    vocabularySize: 8000,
    translations: {
      sentences: 20,
      bleu: {
        score: 12.3,
        low: 10.1,
        high: 14.5,
        signature: 'nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.5.1',
        brevityPenalty: 0.9,
        hypothesisLength: 90,
        referenceLength: 100,
      },
      chrf: { score: 34.5, signature: 'nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.5.1' },
      unknownShare: 0.01,
      repeatedShare: 0.02,
      lengthRatio: 0.9,
      collapse: [],
    },
    seconds: 3,
    ...more,
  };
}
