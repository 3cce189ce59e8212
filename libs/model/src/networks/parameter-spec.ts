/** A parameter as the kernels want it. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Bound of a uniform start, or a standard normal one. */
  readonly start: number | 'normal';
}
