/** The learning rate of each update; a function of where training is, so there is nothing to save. */

export interface LearningRateSettings {
  /** The rate at its highest. */
  readonly learningRate: number;
  readonly schedule: 'constant' | 'inverse-sqrt' | 'cosine' | 'plateau';
  /** Updates in which the rate rises evenly from zero. */
  readonly warmupSteps: number;
}

export interface PlaceInTraining {
  /** Counts from 1. */
  readonly update: number;
  /** Share of the trial's epochs that is done, 0 to 1. */
  readonly progress: number;
  /** What the plateau schedule has left of the rate, 1 at first. */
  readonly plateauFactor: number;
}

/**
 * `inverse-sqrt` falls with the root of the updates after the warm-up (Vaswani et al. 2017), `cosine` along half
 * a cosine to zero at the last epoch's end (Loshchilov & Hutter 2017), `plateau` by the factor
 * that follows from the held-out perplexities.
 */
export function learningRateAt(
  { learningRate, schedule, warmupSteps }: LearningRateSettings,
  { update, progress, plateauFactor }: PlaceInTraining,
): number {
  const rising = warmupSteps > 0 ? Math.min(1, update / warmupSteps) : 1;
  const from = Math.max(warmupSteps, 1);
  const falling = {
    constant: () => 1,
    'inverse-sqrt': () => Math.sqrt(from / Math.max(update, from)),
    cosine: () => (1 + Math.cos(Math.PI * progress)) / 2,
    plateau: () => plateauFactor,
  }[schedule]();
  return learningRate * rising * falling;
}
