/** How long TPE takes to be asked. */
import { type Observation, type Space, suggestAtRandom, suggestByTpe } from '@honyaku/search';
import { quantile } from './figures.ts';

/** As large as people search. */
const space: Space = {
  learningRate: { type: 'float', low: 1e-4, high: 1e-2, log: true },
  dropout: { type: 'float', low: 0, high: 0.5, log: false, step: 0.05 },
  hiddenSize: { type: 'int', low: 64, high: 1024, log: true, step: 1 },
  layers: { type: 'int', low: 1, high: 6, log: false, step: 1 },
  attention: { type: 'choice', values: ['none', 'dot', 'general'] },
  inputFeeding: { type: 'choice', values: [true, false], when: { attention: ['dot', 'general'] } },
};
const asks = 40;
/** Who asks after so many trials has asked as often before: its code is compiled, its history known. */
const warmUp = 40;

/** Milliseconds that 95 of 100 asks do not exceed after so many trials. */
export function askTime(trials: number): number {
  const history = Array.from({ length: trials }, (_, index): Observation => {
    const values = suggestAtRandom({ space, seed: 1 }, index);
    const distance = Math.abs(Math.log(Number(values['learningRate']) / 1e-3)) + Number(values['dropout']);
    return { number: index + 1, values, value: 50 + distance };
  });
  const times = Array.from({ length: warmUp + asks }, (_, ask) => {
    const started = performance.now();
    suggestByTpe({ space, seed: 2 }, trials + ask, history, () => true);
    return performance.now() - started;
  });
  return quantile(times.slice(warmUp), 0.95);
}
