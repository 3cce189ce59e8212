import { SweepSpec, type SweepView } from '@honyaku/contracts';
import { exampleBundle, exampleCounts, exampleHeldOut, exampleTrial } from '@honyaku/contracts/examples';
import { describe, expect, it } from 'vitest';
import { type DemoOutcome, bleuText, failuresOf } from './verdict.ts';

const time = '2026-01-01T00:00:00.000Z';
const digest = 'a'.repeat(64);

function outcome(perplexities: readonly number[], translatedEpoch = perplexities.length): DemoOutcome {
  const trialId = 'demo-000000-0001';
  const planned = exampleTrial('demo-000000', 1, perplexities, { state: 'completed' });
  const trial = { ...planned, config: { ...planned.config, epochs: 3 } };
  const sweep: SweepView = {
    id: 'demo-000000',
    name: 'demo',
    state: 'completed',
    spec: SweepSpec.parse({ name: 'demo', corpus: { digest } }),
    trials: exampleCounts({ planned: 1, completed: 1 }),
    epochsDone: 3,
    workerSeconds: 30,
    best: { trialId, epoch: 3, heldOut: exampleHeldOut(1) },
    createdAt: time,
  };
  const translated = { trialId, epoch: translatedEpoch, translations: [{ source: '猫', output: 'cat' }] };
  const outputs = Array.from({ length: 100 }, (_, index) => ({
    source: `猫${index}`,
    output: `cat ${index}`,
    reference: `a cat ${index}`,
  }));
  return {
    sweep,
    trials: [trial],
    bundle: { config: exampleBundle(sweep.id, 3) },
    translated,
    scores: { test: 21.3, beam: 4, lookUp: 14.6 },
    outputs,
  };
}

describe('bleuText', () => {
  it('fits 80 columns behind the mark of a step that is done', () => {
    const lines = `✓ ${bleuText({ test: 100, beam: 32, lookUp: 100 })}`.split('\n');
    expect(lines.map(({ length }) => length).filter((length) => length > 80)).toEqual([]);
    expect(lines).toHaveLength(2);
  });
});

describe('failuresOf', () => {
  it('finds nothing when the perplexity fell every epoch and the checkpoint that was read back translated', () => {
    expect(failuresOf(outcome([90.66, 70.28, 61.11]))).toEqual([]);
  });

  it('finds nothing when the perplexity levels off at the end of the schedule', () => {
    expect(failuresOf(outcome([18.22, 4.53, 4.54]))).toEqual([]);
  });

  it.each([
    ['rose', [90.66, 70.28, 72]],
    ['is no lower in the end', [90.66, 70.28, 90.66]],
    ['was NaN', [90.66, 70.28, NaN]],
    ['is missing for an epoch', [90.66, 70.28]],
  ])('fails when the perplexity %s', (_what, perplexities) => {
    const failures = failuresOf(outcome(perplexities, 3));
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatch(/did not fall in each of its 3 epochs: 90\.66, 70\.28/);
  });

  it('fails when another checkpoint translated, or nothing came out', () => {
    expect(failuresOf(outcome([3, 2, 1], 2))).toEqual([expect.stringMatching(/not the checkpoint/)]);
    const empty = outcome([3, 2, 1]);
    const translated = { ...empty.translated, translations: [{ source: '猫', output: ' ' }] };
    expect(failuresOf({ ...empty, translated })).toEqual(['every translation is empty']);
  });

  it.each([
    [{ test: 14.6, beam: undefined, lookUp: 14.6 }, /look-up: BLEU 14\.6 of the .* sentence: 14\.6\)$/],
    [{ test: 14.6, beam: 4, lookUp: 14.7 }, /look-up: BLEU 14\.6 by beam 4 of the .* sentence: 14\.7\)$/],
    [{ test: undefined, beam: undefined, lookUp: 14.6 }, /BLEU unknown/],
  ])('fails when the best model has not got past the look-up: %j', (scores, message) => {
    expect(failuresOf({ ...outcome([3, 2, 1]), scores })).toEqual([expect.stringMatching(message)]);
  });

  it('fails when translations are alike more often than references are', () => {
    const good = outcome([3, 2, 1]);
    const alike = (count: number) =>
      good.outputs.map((pair, index) => (index < count ? { ...pair, output: 'a cat' } : pair));
    expect(failuresOf({ ...good, outputs: alike(6) })).toEqual([]);
    expect(failuresOf({ ...good, outputs: alike(7) })).toEqual([
      '100 held-out translations are only 94 different ones, where their references are 100',
    ]);
  });

  it('fails when the sweep did not complete', () => {
    const good = outcome([3, 2, 1]);
    const sweep: SweepView = { ...good.sweep, state: 'failed', reason: 'the dataset could not be made' };
    expect(failuresOf({ ...good, sweep })).toEqual(['the sweep is failed: the dataset could not be made']);
  });
});
