import { InvalidInput, type TrialConfig } from '@honyaku/contracts';

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

function settingsThatMatter({ hyperparameters, runtime, ...rest }: TrialConfig): Map<string, string> {
  const { patience: _, ...others } = hyperparameters;
  const { epochs, ...always } = rest;
  const settings = {
    ...prefixed('hyperparameters', others),
    ...prefixed('runtime', runtime),
    ...always,
    ...(hyperparameters.schedule === 'cosine' ? { epochs } : {}),
  };
  return new Map(Object.entries(settings).map(([name, value]) => [name, String(value)]));
}

function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]));
}
