import { type Network, networkOf } from '@honyaku/model';
import { type NetworkName, networks } from '../networks.ts';

export function benchNetwork(
  name: NetworkName,
  vocabularySize: { readonly source: number; readonly target: number },
): Network {
  return networkOf({ hyperparameters: networks[name].hyperparameters }, vocabularySize);
}
