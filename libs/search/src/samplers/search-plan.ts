import { type SearchSpace, type SweepSpec } from '@honyaku/contracts';

/** The part of a sweep's specification that decides its trials. */
export interface SearchPlan {
  readonly space: SearchSpace;
  readonly sampler: SweepSpec['sampler'];
  readonly seed: number;
  /** The most trials that are wanted. */
  readonly trials: number;
  /** Of a sweep that version 0.1.0 made: TPE ranks nothing beside a range whose ends are one, as it did then. */
  readonly isOfFirstVersion?: boolean;
}

export type Value = string | number | boolean;

/** Values by hyperparameter name, before the notebook's defaults fill in the rest. */
export type Suggestion = Record<string, Value>;

/** What came of a trial, for samplers that learn. */
export interface Observation {
  /** Orders the trials in time. */
  readonly number: number;
  /** Of all hyperparameters, also those that were not drawn. */
  readonly values: Readonly<Suggestion>;
  /** Lower is better, what is not finite is worse than anything; undefined while the trial runs. */
  readonly value: number | undefined;
}
