import { defaultNetworkKind, type NetworkKind, type TrialConfig } from '@honyaku/contracts';
import type { Network, VocabularySize } from '../networks/network.ts';
import { recurrentNetwork } from '../networks/recurrent/network.ts';

type Hyperparameters = TrialConfig['hyperparameters'];

/** The kinds of networks to choose from; another is a folder beside `networks/recurrent` and a row here. */
const kinds: Readonly<
  Record<NetworkKind, (hyperparameters: Hyperparameters, vocabularySize: VocabularySize) => Network>
> = {
  recurrent: recurrentNetwork,
};

/** The network that a trial's settings, or those of a bundle, ask for. */
export function networkOf(
  { network, hyperparameters }: Pick<TrialConfig, 'network' | 'hyperparameters'>,
  vocabularySize: VocabularySize,
): Network {
  return kinds[network?.kind ?? defaultNetworkKind](hyperparameters, vocabularySize);
}
