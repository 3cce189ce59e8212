/**
 * `npm run test:learning`: trains each task five times from random seeds, and once without attention, to its last
 * update. `-- --task copy` takes one task, `--runs N` other than five runs, `--seed N` repeats one seed.
 */
import { messageOf } from '@honyaku/contracts';
import Table from 'cli-table3';
import { randomInt } from 'node:crypto';
import { learn, isLearnt, type Learnt } from './learn.ts';
import { learningOptions } from './options.ts';
import { type LearningTask, withoutAttention } from './task.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);
const table = new Table({
  head: ['task', 'seed', 'updates', 'perplexity', 'BLEU', 'threshold', '', 'seconds'],
  style: { head: [], border: [], compact: true },
});

try {
  const { tasks, runs, seed } = learningOptions(process.argv.slice(2));
  for (const task of tasks) {
    for (let index = 0; index < runs; index += 1) run(task, seed ?? randomInt(2 ** 31));
    run(withoutAttention(task), seed ?? randomInt(2 ** 31));
  }
  print(table.toString());
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 2;
}

function run(task: LearningTask, seed: number): void {
  const started = performance.now();
  const learnt = learn(task, seed, (now) => {
    print(`${task.name} (seed ${seed}) ${now.updates}/${task.updates}: ${textOf(now)}`);
    return false;
  });
  const reached = isLearnt(task, learnt);
  if (!reached) process.exitCode = 1;
  table.push([
    task.name,
    seed,
    learnt.updates,
    learnt.perplexity.toFixed(4),
    learnt.bleu.toFixed(2),
    thresholdText(task),
    thresholdText(task) === '' ? '' : reached ? 'reached' : 'MISSED',
    ((performance.now() - started) / 1000).toFixed(0),
  ]);
}

function textOf({ perplexity, bleu }: Learnt): string {
  return `perplexity ${perplexity.toFixed(4)}, BLEU ${bleu.toFixed(2)}`;
}

function thresholdText({ threshold: { perplexity, bleu } }: LearningTask): string {
  const parts = [
    ...(perplexity < Infinity ? [`perplexity ≤ ${perplexity}`] : []),
    ...(bleu > 0 ? [`BLEU ≥ ${bleu}`] : []),
  ];
  return parts.join(', ');
}
