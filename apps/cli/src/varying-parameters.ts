import { type Hyperparameters, type TrialView } from '@honyaku/contracts';

/** Names of the hyperparameters in which trials differ, in the order of their declaration. */
export function varyingParameters(trials: readonly TrialView[]): (keyof Hyperparameters)[] {
  const values = new Map<string, Set<unknown>>();
  for (const { config } of trials) {
    for (const [name, value] of Object.entries(config.hyperparameters)) {
      values.set(name, (values.get(name) ?? new Set()).add(value));
    }
  }
  const isVarying = (name: string): name is keyof Hyperparameters => (values.get(name)?.size ?? 0) > 1;
  return [...values.keys()].filter(isVarying);
}
