import { describe, expect, it } from 'vitest';
import { isLearnt, learn } from './learn.ts';
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
