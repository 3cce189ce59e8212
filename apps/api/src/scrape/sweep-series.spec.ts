import { SweepSpec, type TrialState, type TrialView } from '@honyaku/contracts';
import { exampleTrial } from '@honyaku/contracts/examples';
import { type SweepState, newSweep } from '@honyaku/sweep-engine';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { epochsLeft, SweepSeries } from './sweep-series.ts';

const createdAt = '2026-01-01T00:00:00.000Z';
const id = 'series-123456';

function trialOf(number: number, state: TrialState, perplexities: readonly number[]): TrialView {
  return exampleTrial(id, number, perplexities, { state });
}

function sweepOf(trials: readonly TrialView[], settings: object = {}, samplerTrials = 5): SweepState {
  const spec = SweepSpec.parse({
    name: 'series',
    corpus: { digest: 'c'.repeat(64) },
    epochs: 4,
    concurrency: 2,
    ...settings,
  });
  const { sweep } = newSweep({ id, spec, samplerTrials, createdAt });
  const epochsDone = trials.reduce((sum, { epochs }) => sum + epochs.length, 0);
  return {
    trials,
    sweep: { ...sweep, state: 'running', asked: trials.length, epochsDone, workerSeconds: 10 * epochsDone },
  };
}

describe('epochsLeft', () => {
  const trials = [
    trialOf(1, 'completed', [5, 4, 3, 2]),
    trialOf(2, 'running', [5]),
    trialOf(3, 'paused', [9]),
  ];

  it('counts the epochs of trials that continue and of those not asked for yet', () => {
    expect(epochsLeft(sweepOf(trials))).toBe(3 + 3 + 2 * 4);
  });

  it('is limited by the rest of the budget', () => {
    expect(epochsLeft(sweepOf(trials, { budget: { epochs: 8 } }))).toBe(2);
  });

  it('is 0 once the sweep has ended or starts nothing more', () => {
    const { sweep } = sweepOf(trials);
    expect(epochsLeft({ trials, sweep: { ...sweep, state: 'cancelled' } })).toBe(0);
    expect(epochsLeft({ trials, sweep: { ...sweep, ending: 'the budget is spent' } })).toBe(0);
  });
});

describe('SweepSeries', () => {
  it('shows committed results, and removes all series when cleared', async () => {
    const registry = new Registry();
    const series = new SweepSeries(registry);
    await series.show([sweepOf([trialOf(1, 'running', [5, 4]), trialOf(2, 'failed', [Number.NaN])])]);
    const text = await registry.metrics();
    expect(text).toContain(`honyaku_trial_held_out_perplexity{sweep="${id}",trial="${id}-0001"} 4`);
    expect(text).toContain(`honyaku_trial_epochs{sweep="${id}",trial="${id}-0001"} 2`);
    expect(text).toContain(`honyaku_sweep_diverged_trials{sweep="${id}"} 1`);
    expect(text).toContain(`honyaku_sweep_left_seconds{sweep="${id}"} ${(14 * 10) / 2}`);
    series.clear();
    expect(await registry.metrics()).not.toContain(id);
  });
});
