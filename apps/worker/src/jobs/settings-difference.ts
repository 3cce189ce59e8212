import { defaultNetworkKind, InvalidInput, type TrialConfig } from '@honyaku/contracts';

/**
 * Refuses to go on from a checkpoint that was trained with other settings. Those that only say when to stop may
 * differ: `patience`, and `epochs` unless the cosine schedule is measured by them.
 * @throws InvalidInput naming each setting with both values
 */
export function requireSameSettings(checkpoint: string, stored: TrialConfig, asked: TrialConfig): void {
  const there = settingsThatMatter(stored);
  const here = settingsThatMatter(asked);
  const different = [...new Set([...there.keys(), ...here.keys()])].filter(
    (name) => there.get(name) !== here.get(name),
  );
  if (different.length === 0) return;
  const lines = different.map(
    (name) => `${name}: ${there.get(name)} in the checkpoint, ${here.get(name)} asked`,
  );
  throw new InvalidInput(`${checkpoint} was trained with other settings: ${lines.join('; ')}`);
}

function settingsThatMatter(config: TrialConfig): Map<string, string> {
  const { network, hyperparameters, runtime, epochs, ...rest } = config;
  const settings = new Map(
    Object.entries({
      'network.kind': network?.kind ?? defaultNetworkKind,
      ...prefixed('hyperparameters', hyperparameters),
      ...prefixed('runtime', runtime),
      ...rest,
      ...(hyperparameters.schedule === 'cosine' ? { epochs } : {}),
    }).map(([name, value]) => [name, String(value)]),
  );
  settings.delete('hyperparameters.patience');
  return settings;
}

function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
}
