import { InvalidInput } from '@honyaku/contracts';
import { parsedWords } from '@honyaku/tools/command-line/words.ts';
import { type LearningTask, learningTasks } from './task.ts';

export interface LearningOptions {
  readonly tasks: readonly LearningTask[];
  readonly runs: number;
  /** Random for each run when left out. */
  readonly seed: number | undefined;
}

const options = { task: { type: 'string' }, runs: { type: 'string' }, seed: { type: 'string' } } as const;

/** @throws InvalidInput naming the option and what is allowed */
export function learningOptions(words: readonly string[]): LearningOptions {
  const { task, runs, seed } = parsedWords(words, options);
  const names = learningTasks.map(({ name }) => name);
  const tasks = learningTasks.filter(({ name }) => task === undefined || name === task);
  if (tasks.length === 0) throw new InvalidInput(`--task ${task}: choose one of ${names.join(', ')}`);
  if (seed === undefined) return { tasks, runs: whole('--runs', runs ?? '5', 1), seed: undefined };
  return { tasks, runs: whole('--runs', runs ?? '1', 1), seed: whole('--seed', seed, 0) };
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least || value >= 2 ** 31)
    throw new InvalidInput(`${name} ${text}: give a whole number from ${least} to ${2 ** 31 - 1}`);
  return value;
}
