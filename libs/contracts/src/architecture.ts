/** The part of the hyperparameters that a network's weights were made for: another value needs other weights. */
import { z } from 'zod';
import {
  type AllHyperparameters,
  Hyperparameters,
  settingsOfNetwork,
  withDefaults,
} from './hyperparameters.ts';

type Name = keyof AllHyperparameters;

/** Settings of training, not of what is trained: the first values of weights, and what is dropped. */
const isOfTraining = (name: Name): boolean => name === 'embeddingStd' || name.endsWith('Dropout');

/** Names with values, all that `architectureOf` gives. */
export const Architecture = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));
export type Architecture = z.output<typeof Architecture>;

export function architectureOf(hyperparameters: Hyperparameters): Architecture {
  const all = withDefaults(hyperparameters);
  const own = settingsOfNetwork[all.network].filter((name) => !isOfTraining(name));
  return Object.fromEntries((['network', 'hiddenSize', ...own] as const).map((name) => [name, all[name]]));
}

/** Hyperparameters with this architecture, at the defaults otherwise. @throws ZodError for one that is not allowed */
export function hyperparametersWith(architecture: Architecture): Hyperparameters {
  return Hyperparameters.parse(architecture);
}
