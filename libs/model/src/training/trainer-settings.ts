/** The settings of training, as a trial has them. */
import { InvalidInput } from '@honyaku/contracts';
import type { DropoutRates } from '../kernels/random.ts';
import type { LearningRateSettings } from './learning-rate.ts';

export interface TrainerSettings extends LearningRateSettings {
  /** Share of each layer's outputs that is dropped: at least 0, below 1. */
  readonly dropout: number;
  /** Other shares that are dropped, as `Hyperparameters` has them; 0 where absent. */
  readonly wordDropout?: number;
  readonly attentionDropout?: number;
  readonly activationDropout?: number;
  readonly layerDropout?: number;
  /** Of what is dropped. */
  readonly seed: number;
  /** Probability of each target token that is spread over the vocabulary. */
  readonly labelSmoothing: number;
  /** Gradients are scaled down to this global norm; 0 is off. */
  readonly clipNorm: number;
  /** Share of each weight that an update takes away, times the rate (Loshchilov & Hutter 2019); 0 is Adam. */
  readonly weightDecay: number;
  /** Decay of the moving average of the weights; 0 is off. */
  readonly averageDecay: number;
  /** Names parameters that keep their values; none by default. */
  readonly isFrozen?: (name: string) => boolean;
}

/** The notebook's: Adam with a constant rate. */
export const notebookTraining: TrainerSettings = {
  learningRate: 1e-4,
  schedule: 'constant',
  warmupSteps: 0,
  dropout: 0.2,
  seed: 0,
  labelSmoothing: 0,
  clipNorm: 0,
  weightDecay: 0,
  averageDecay: 0,
};

export function dropoutRates(settings: TrainerSettings): DropoutRates {
  const {
    dropout,
    wordDropout = 0,
    attentionDropout = 0,
    activationDropout = 0,
    layerDropout = 0,
  } = settings;
  return {
    units: dropout,
    words: wordDropout,
    attention: attentionDropout,
    activation: activationDropout,
    layers: layerDropout,
  };
}

const shares = [
  'dropout',
  'wordDropout',
  'attentionDropout',
  'activationDropout',
  'layerDropout',
  'labelSmoothing',
  'averageDecay',
] as const;

/** @throws InvalidInput for a rate that cannot be used */
export function requireUsable(settings: TrainerSettings): void {
  for (const name of shares) {
    const share = settings[name] ?? 0;
    if (!(share >= 0 && share < 1))
      throw new InvalidInput(`${name} is ${share}; it must be at least 0 and below 1`);
  }
  for (const name of ['learningRate', 'clipNorm', 'weightDecay', 'warmupSteps'] as const)
    if (!(settings[name] >= 0 && settings[name] < Infinity))
      throw new InvalidInput(`${name} is ${settings[name]}; it must be finite and at least 0`);
}
