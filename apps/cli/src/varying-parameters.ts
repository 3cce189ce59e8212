import { type Hyperparameters, type TrialView } from '@honyaku/contracts';

/** Names of the hyperparameters in which trials differ, in the order of their declaration. */
export function varyingParameters(settings: readonly Hyperparameters[]): (keyof Hyperparameters)[] {
  const values = new Map<string, Set<unknown>>();
  for (const each of settings) {
    for (const [name, value] of Object.entries(each))
      values.set(name, (values.get(name) ?? new Set()).add(value));
  }
  const isVarying = (name: string): name is keyof Hyperparameters => (values.get(name)?.size ?? 0) > 1;
  return [...values.keys()].filter(isVarying);
}

export function settingsOf(trials: readonly TrialView[]): Hyperparameters[] {
  return trials.map(({ config }) => config.hyperparameters);
}
