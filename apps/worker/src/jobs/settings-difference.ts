import {
  defaultKernels,
  defaultPrecision,
  InvalidInput,
  type TrialConfig,
  withDefaults,
} from '@honyaku/contracts';

/**
 * Refuses to continue from a checkpoint that was trained with other settings. Those that only determine when to stop
 * may differ: `patience`, and `epochs` unless the cosine schedule depends on it.
 * @throws InvalidInput naming each setting with both values
 */
export function requireSameSettings(checkpoint: string, stored: TrialConfig, requested: TrialConfig): void {
  const old = comparedSettings(stored);
  const wanted = comparedSettings(requested);
  const different = [...new Set([...old.keys(), ...wanted.keys()])].filter(
    (name) => old.get(name) !== wanted.get(name),
  );
  if (different.length === 0) return;
  const lines = different.map(
    (name) => `${name}: ${old.get(name)} in the checkpoint, ${wanted.get(name)} requested`,
  );
  throw new InvalidInput(`${checkpoint} was trained with other settings: ${lines.join('; ')}`);
}

function comparedSettings(config: TrialConfig): Map<string, string> {
  const { hyperparameters, runtime, epochs, ...rest } = config;
  const settings = new Map(
    Object.entries({
      ...prefixed('hyperparameters', withDefaults(hyperparameters)),
      ...prefixed('runtime', { kernels: defaultKernels, precision: defaultPrecision, ...runtime }),
      ...rest,
      ...(hyperparameters.schedule === 'cosine' ? { epochs } : {}),
    }).map(([name, value]) => [name, String(value)]),
  );
  settings.delete('hyperparameters.patience');
  // Native kernels give the same bytes for any number of threads.
  if (runtime.kernels === 'native') settings.delete('runtime.threads');
  return settings;
}

function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
}
