import { type SearchSpace, type SweepSpec } from '@honyaku/contracts';

/** The part of a sweep's specification that decides its trials. */
export interface SearchPlan {
  readonly space: SearchSpace;
  readonly sampler: SweepSpec['sampler'];
  readonly seed: number;
  /** The most trials that are wanted. */
  readonly trials: number;
}

/** Values by hyperparameter name, before the notebook's defaults fill in the rest. */
export type Suggestion = Record<string, string | number | boolean>;
