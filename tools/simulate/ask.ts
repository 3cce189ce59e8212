/** How long TPE takes to ask for a trial: ours and Optuna's, of the same history in the same space. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromJson } from '@honyaku/contracts';
import { type Observation, type Space, suggestAtRandom, suggestByTpe } from '@honyaku/search';
import { z } from 'zod';
import { installedOptuna } from '../optuna/python.ts';
import { run } from '../setup/command.ts';
import { type Figure, quantile } from './figures.ts';

/** As large as people search; optuna_ask.py has the same. */
const space: Space = {
  learningRate: { type: 'float', low: 1e-4, high: 1e-2, log: true },
  dropout: { type: 'float', low: 0, high: 0.5, log: false, step: 0.05 },
  hiddenSize: { type: 'int', low: 64, high: 1024, log: true, step: 1 },
  layers: { type: 'int', low: 1, high: 6, log: false, step: 1 },
  attention: { type: 'choice', values: ['none', 'dot', 'general'] },
  inputFeeding: { type: 'choice', values: [true, false], when: { attention: ['dot', 'general'] } },
};
const asks = 40;
/** A sampler that is asked after so many trials has been asked as often before: its code is compiled, its history known. */
const warmUp = 40;
const optunaSeconds = 600;

/** The time that 95 of 100 asks after so many trials do not exceed. Without Optuna at hand there is nothing to compare with. */
export async function askFigure(trials: number, target: number, folder: string): Promise<Figure> {
  const history = historyOf(trials);
  const name = `TPE ask at ${trials.toLocaleString('en')} trials, p95`;
  const value = quantile(ourTimes(history), 0.95);
  const python = await installedOptuna();
  if (python === undefined) return { name, value, unit: 'ms', target };
  const optuna = quantile(await optunaTimes(python, history, folder), 0.95);
  return { name, value, unit: 'ms', target, peer: { name: 'Optuna’s', value: optuna, times: 1 } };
}

function historyOf(trials: number): Observation[] {
  return Array.from({ length: trials }, (_, index) => {
    const values = suggestAtRandom({ space, seed: 1 }, index);
    const distance = Math.abs(Math.log(Number(values['learningRate']) / 1e-3)) + Number(values['dropout']);
    return { number: index + 1, values, value: 50 + distance };
  });
}

function ourTimes(history: readonly Observation[]): number[] {
  const times = Array.from({ length: warmUp + asks }, (_, ask) => {
    const started = performance.now();
    suggestByTpe({ space, seed: 2 }, history.length + ask, history, () => true);
    return performance.now() - started;
  });
  return times.slice(warmUp);
}

async function optunaTimes(
  python: string,
  history: readonly Observation[],
  folder: string,
): Promise<number[]> {
  const file = join(folder, `history-${history.length}.json`);
  const trials = history.map(({ values, value }) => ({ values, value }));
  await writeFile(file, JSON.stringify({ asks, warmUp, trials }));
  const script = join(import.meta.dirname, 'optuna_ask.py');
  return fromJson(z.array(z.number()), await run(python, [script, file], { seconds: optunaSeconds }), script);
}
