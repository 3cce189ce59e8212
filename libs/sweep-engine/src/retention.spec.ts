import { SweepSpec, type TrialView, defaultHyperparameters } from '@honyaku/contracts';
import { exampleHeldOut, exampleTrial } from '@honyaku/contracts/examples';
import { describe, expect, it } from 'vitest';
import { type Checkpoint, retained } from './retention.ts';
import { type SweepState, newSweep } from './state/sweep-state.ts';

const createdAt = '2026-01-01T00:00:00.000Z';
const id = 'kept-123456';

function trialOf(number: number, perplexities: readonly number[], more: Partial<TrialView> = {}): TrialView {
  return exampleTrial(id, number, perplexities, { state: 'completed', ...more });
}

function sweepOf(trials: TrialView[], retention: object, best = [1, 1], more: object = {}): SweepState {
  const spec = SweepSpec.parse({ name: 'kept', corpus: { digest: 'c'.repeat(64) }, retention, ...more });
  const { sweep } = newSweep({ id, spec, samplerTrials: trials.length, createdAt });
  const [trial = 1, epoch = 1] = best;
  const bestEpoch = { trialId: `${id}-000${trial}`, epoch, heldOut: exampleHeldOut(1) };
  return { trials, sweep: { ...sweep, state: 'running', best: bestEpoch } };
}

/** `trial.epoch` of those that stay, each of 10 bytes. */
function kept(state: SweepState, own: Record<string, number> = {}): string[] {
  const all = state.trials.flatMap(({ id: trialId, number, epochs }) =>
    epochs.map(({ epoch, heldOut }): Checkpoint => {
      const ownPerplexity = own[`${number}.${epoch}`] ?? heldOut.perplexity;
      return { trialId, epoch, ownPerplexity, bytes: 10 };
    }),
  );
  return retained(state, all).map(({ trialId, epoch }) => `${Number(trialId.slice(-4))}.${epoch}`);
}

describe('retained', () => {
  it('keeps the best and the newest epochs of each trial', () => {
    const trials = [trialOf(1, [9, 5, 7, 6, 8]), trialOf(2, [4, 4, 6])];
    expect(kept(sweepOf(trials, { best: 2, last: 1 }, [2, 1]))).toEqual([
      '1.2',
      '1.4',
      '1.5',
      '2.1',
      '2.2',
      '2.3',
    ]);
    expect(kept(sweepOf(trials, { best: 1, last: 2 }, [2, 1]))).toEqual([
      '1.2',
      '1.4',
      '1.5',
      '2.1',
      '2.2',
      '2.3',
    ]);
    expect(kept(sweepOf(trials, {}, [2, 1]))).toEqual(['1.2', '1.5', '2.1', '2.3']);
  });

  it('counts an epoch that is not finite as the worst', () => {
    expect(kept(sweepOf([trialOf(1, [NaN, 5, Infinity, 6])], { best: 2 }, [1, 2]))).toEqual(['1.2', '1.4']);
  });

  it('keeps what is pinned', () => {
    expect(kept(sweepOf([trialOf(1, [4, 3, 2, 1], { pinned: [2] })], {}, [1, 4]))).toEqual(['1.2', '1.4']);
  });

  it('keeps of a trial under way what the plateau schedule goes back to and what is averaged', () => {
    const own = { '1.1': 1 };
    const plateau = { ...defaultHyperparameters, schedule: 'plateau' as const };
    const trial = trialOf(1, [4, 3, 2, 1], { state: 'running' });
    const back = { ...trial, config: { ...trial.config, hyperparameters: plateau } };
    expect(kept(sweepOf([back], {}, [1, 4]), own)).toEqual(['1.1', '1.4']);
    const averaging = { ...defaultHyperparameters, averageBest: 2 };
    const averaged = { ...trial, config: { ...trial.config, hyperparameters: averaging } };
    expect(kept(sweepOf([averaged], {}, [1, 4]), { '1.1': 1, '1.2': 0.5 })).toEqual(['1.1', '1.2', '1.4']);
    expect(kept(sweepOf([{ ...back, state: 'completed' }], {}, [1, 4]), own)).toEqual(['1.4']);
  });

  it('keeps what a slower trial may copy yet, and what one is about to copy', () => {
    const live = { state: 'running' } as const;
    const slow = trialOf(1, [9, 8], live);
    const fast = trialOf(2, [7, 6, 5, 4, 3], live);
    const within = (first: TrialView, pruner: object) => kept(sweepOf([first, fast], {}, [2, 5], { pruner }));
    expect(within(slow, { type: 'asha' })).toEqual(['1.2', '2.5']);
    expect(within(slow, { type: 'pbt', interval: 2 })).toEqual(['1.2', '2.4', '2.5']);
    expect(within(slow, { type: 'pbt', interval: 3 })).toEqual(['1.2', '2.3', '2.5']);
    const before = slow.config.hyperparameters;
    const copies = { ...slow, exploits: [{ epoch: 2, from: fast.id, before }] };
    expect(within(copies, { type: 'pbt', interval: 2 })).toEqual(['1.2', '2.2', '2.4', '2.5']);
  });

  it('removes those of the trials furthest from the best when the bytes are spent, and never what is needed', () => {
    const trials = [
      trialOf(1, [9, 5, 7]),
      trialOf(2, [4, 3, 6]),
      trialOf(3, [9, 8, 8], { state: 'running' }),
    ];
    const within = (bytes: number) => kept(sweepOf(trials, { bytes }, [2, 2]));
    expect(within(60)).toEqual(['1.2', '1.3', '2.2', '2.3', '3.2', '3.3']);
    expect(within(50)).toEqual(['1.2', '1.3', '2.2', '2.3', '3.3']);
    expect(within(30)).toEqual(['2.2', '2.3', '3.3']);
    expect(within(0)).toEqual(['2.2', '3.3']);
  });
});
