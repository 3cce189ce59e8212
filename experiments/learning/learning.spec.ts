import { describe, expect, it } from 'vitest';
import { isLearnt, learn } from './learn.ts';
import { learningOptions } from './options.ts';
import { learningTasks, withoutAttention } from './task.ts';

/** Short lines of few symbols: some thousand updates are enough, and there are more, since how fast it goes hangs on the processor. */
const short = learningTasks.map((task) => ({
  ...task,
  symbols: 10,
  longest: 5,
  trainLines: 4000,
  hyperparameters: { ...task.hyperparameters, learningRate: 0.005 },
  updates: 4000,
  threshold: { perplexity: 1.2, bleu: 75 },
}));

describe('learning tasks, in their short form', () => {
  it.each(short)('$name is learnt with attention, and not in one update', (task) => {
    expect(
      isLearnt(
        task,
        learn({ ...task, updates: 1 }, 1, () => false),
      ),
    ).toBe(false);
    const learnt = learn(task, 1, (soFar) => isLearnt(task, soFar));
    expect(isLearnt(task, learnt), JSON.stringify(learnt)).toBe(true);
  });

  it('are harder for a network without attention', () => {
    const [copy] = short;
    if (!copy) throw new Error('there is no task');
    const brief = { ...copy, updates: 1000 };
    const { bleu } = learn(withoutAttention(brief), 1, () => false);
    expect(bleu).toBeLessThan(learn(brief, 1, () => false).bleu);
  });
});

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
