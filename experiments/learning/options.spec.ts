import { describe, expect, it } from 'vitest';
import { learningOptions } from './options.ts';
import { learningTasks } from './task.ts';

describe('the options of the full form', () => {
  it('are five runs of every task from random seeds, or one of a given seed', () => {
    expect(learningOptions([])).toEqual({ tasks: learningTasks, runs: 5, seed: undefined });
    const { tasks, runs, seed } = learningOptions(['--task', 'sort', '--seed', '7']);
    expect([tasks.map(({ name }) => name), runs, seed]).toEqual([['sort'], 1, 7]);
  });

  it.each([
    [['--task', 'add'], '--task add: choose one of copy, sort, reverse'],
    [['--runs', '0'], '--runs 0: give a whole number from 1'],
    [['--seed', 'x'], '--seed x: give a whole number from 0'],
    [['--fast'], '--fast'],
  ])('%j are refused in words', (words, message) => {
    expect(() => learningOptions(words)).toThrow(message);
  });
});
