import { defaultHyperparameters } from '@honyaku/contracts';
import { type Network, networkOf } from '@honyaku/model';
import { setting } from '../setting.ts';

/** The notebook's network in the size that is measured. */
export function benchNetwork(vocabularySize: { readonly source: number; readonly target: number }): Network {
  const { embeddingSize, hiddenSize } = setting;
  return networkOf(
    { hyperparameters: { ...defaultHyperparameters, embeddingSize, hiddenSize } },
    vocabularySize,
  );
}
