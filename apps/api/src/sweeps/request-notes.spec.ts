import { type Hyperparameters, defaultHyperparameters } from '@honyaku/contracts';
import { exampleTrial } from '@honyaku/contracts/examples';
import { describe, expect, it } from 'vitest';
import { nothingToRetry, notesOnRepeated } from './request-notes.ts';

const settings = (change: Partial<Hyperparameters>) => ({ ...defaultHyperparameters, ...change });
const added = (dropout: number, seed?: number) => ({ hyperparameters: settings({ dropout }), seed });
const { config, ...trial } = exampleTrial('tatoeba-4f9a1c', 3, []);
const known = [{ ...trial, config: { ...config, hyperparameters: settings({ dropout: 0.1 }), seed: 7 } }];

describe('notes on added trials', () => {
  it('name the trial that has the same settings, with the same seed or with another', async () => {
    expect(await notesOnRepeated(known, [added(0.1, 7), added(0.1)])).toEqual([
      'trials.0: has the settings and the seed 7 of trial 3, and trains the same',
      'trials.1: has the settings of trial 3 and repeats them with another seed',
    ]);
  });

  it('name an earlier one of the request', async () => {
    expect(await notesOnRepeated([], [added(0.2, 1), added(0.2, 1), added(0.3), added(0.3)])).toEqual([
      'trials.1: has the settings and the seed 1 of trials.0, and trains the same',
      'trials.3: has the settings of trials.2 and repeats them with another seed',
    ]);
  });

  it('say nothing of other settings, and of a seed that is given and another one', async () => {
    expect(await notesOnRepeated(known, [added(0.1, 8), added(0.2, 7), added(0.3)])).toEqual([]);
  });

  it('are few for many trials', async () => {
    const notes = await notesOnRepeated(
      known,
      Array.from({ length: 1_000 }, () => added(0.1, 7)),
    );
    expect(notes).toHaveLength(21);
    expect(notes.at(-1)).toBe('trials: 980 more repeat settings');
  });
});

describe('a sweep without a trial to retry', () => {
  it('says whether trials have failed, and that those that diverged would again', () => {
    const diverged = exampleTrial('tatoeba-4f9a1c', 1, [], { state: 'failed', retryable: false });
    expect(nothingToRetry([])).toBe('nothing was retried: no trial has failed or was lost');
    expect(nothingToRetry([diverged])).toBe(
      'nothing was retried: the trial that failed has diverged and would again',
    );
    expect(nothingToRetry([diverged, diverged])).toBe(
      'nothing was retried: the 2 trials that failed have diverged and would again',
    );
  });
});
