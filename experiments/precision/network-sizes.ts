/** The networks of the comparison, those of `npm run bench`, with as many real pairs as keep it short on two cores. */
import { type Hyperparameters } from '@honyaku/contracts';
import { networks } from '@honyaku/tools/bench/networks.ts';

/** Pairs that each network trains on: four minutes of six runs of the small one, ten of the notebook's. */
export const trainPairs = { small: 8000, notebook: 3200 } as const;
export type ComparedNetwork = keyof typeof trainPairs;
export const heldOutPairs = 2000;
export const epochs = 5;

/** The bench's, with a schedule under which so few updates come to something. */
export function hyperparametersOf(name: ComparedNetwork): Hyperparameters {
  return {
    ...networks[name].hyperparameters,
    learningRate: 0.001,
    schedule: 'cosine',
    batching: 'length',
    batchSize: name === 'small' ? 64 : 32,
  };
}
