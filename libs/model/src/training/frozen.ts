/** Which parameters training leaves as they are. */
import { type AllHyperparameters } from '@honyaku/contracts';

type IsPart = (name: string) => boolean;

/** Of each kind of network, by the names of its parameters. */
const parts: Readonly<
  Record<AllHyperparameters['network'], { readonly embeddings: IsPart; readonly encoder: IsPart }>
> = {
  recurrent: {
    embeddings: (name) => /^(?:en|de)coder\.embedding\./.test(name),
    encoder: (name) => name.startsWith('encoder.'),
  },
  transformer: {
    embeddings: isShared,
    // Its layers would read other embeddings than those that they were trained with.
    encoder: (name) => name.startsWith('model.encoder.') || isShared(name),
  },
};

/** The one embedding matrix of a Transformer. */
function isShared(name: string): boolean {
  return name.startsWith('model.shared.');
}

/** For `TrainerSettings.isFrozen`: whether `freeze` names the parameter. */
export function isFrozenBy({ network, freeze }: Pick<AllHyperparameters, 'network' | 'freeze'>): IsPart {
  return freeze === 'none' ? () => false : parts[network][freeze];
}
