import { exampleHeldOut } from '@honyaku/contracts/examples';
import { countsOf } from '@honyaku/sweep-engine';
import { describe, expect, it } from 'vitest';
import { demandOf } from './demand.ts';

const trials = (running: number) => ({ ...countsOf([]), planned: 12, running });

describe('demandOf', () => {
  it('counts the running trials of running sweeps, whatever jobs they have', () => {
    const sweeps = [
      { state: 'running' as const, trials: trials(4) },
      { state: 'running' as const, trials: trials(1) },
      { state: 'paused' as const, trials: trials(3) },
      { state: 'completed' as const, trials: trials(0) },
    ];
    expect(demandOf(sweeps, new Map())).toEqual({ preprocess: { workers: 0 }, trials: { workers: 5 } });
  });

  it('counts the score of a sweep’s best epoch as a running trial', () => {
    const best = { trialId: 'few-123456-0001', epoch: 1, heldOut: exampleHeldOut(9) };
    const pending = { ...best, wholeScore: { state: 'pending' as const } };
    const done = { ...best, wholeScore: { state: 'done' as const } };
    const sweeps = [
      { state: 'running' as const, trials: trials(0), best: pending },
      { state: 'paused' as const, trials: trials(0), best: pending },
      { state: 'running' as const, trials: trials(2), best: done },
    ];
    expect(demandOf(sweeps, new Map()).trials.workers).toBe(3);
  });

  it('keeps the workers whose jobs are still active when their sweep has ended', () => {
    const counts = new Map([['trials' as const, { active: 2, wait: 7 }]]);
    expect(demandOf([{ state: 'cancelled', trials: trials(0) }], counts).trials.workers).toBe(2);
  });

  it('counts every preprocess job that is waiting, delayed or active', () => {
    const counts = new Map([
      ['preprocess' as const, { wait: 1, prioritized: 2, active: 1, delayed: 1, failed: 9 }],
    ]);
    expect(demandOf([], counts).preprocess.workers).toBe(5);
  });
});
