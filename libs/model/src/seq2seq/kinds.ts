import { type NetworkKind, type TrialConfig, withDefaults } from '@honyaku/contracts';
import type { Network, VocabularySize } from '../networks/network.ts';
import { recurrentNetwork } from '../networks/recurrent/network.ts';
import { transformerNetwork } from '../networks/transformer/network.ts';

type Hyperparameters = ReturnType<typeof withDefaults>;

/** The kinds of networks to choose from; another is a folder beside `networks/recurrent` and a row here. */
const kinds: Readonly<
  Record<NetworkKind, (hyperparameters: Hyperparameters, vocabularySize: VocabularySize) => Network>
> = {
  recurrent: recurrentNetwork,
  transformer: transformerNetwork,
};

/** The network that a trial's settings, or those of a bundle, ask for. */
export function networkOf(
  { hyperparameters }: Pick<TrialConfig, 'hyperparameters'>,
  vocabularySize: VocabularySize,
): Network {
  const settings = withDefaults(hyperparameters);
  return kinds[settings.network](settings, vocabularySize);
}
