/** Sizes and parts of the recurrent network: all that decides which parameters it has. */
import type { RecurrentSettings } from '@honyaku/contracts';
import type { VocabularySize } from '../network.ts';

export interface RecurrentShape extends Readonly<RecurrentSettings> {
  readonly vocabularySize: VocabularySize;
}

/** Whether the PyTorch reference can be loaded with this network's checkpoint. */
export function isNotebookNetwork(shape: RecurrentShape): boolean {
  return (
    shape.layers === 3 &&
    shape.cell === 'lstm' &&
    shape.residual &&
    !shape.bidirectional &&
    shape.attention === 'none' &&
    !shape.tiedEmbeddings
  );
}

export const sides = ['encoder', 'decoder'] as const;
export type Side = (typeof sides)[number];

/** Counts from 1, as the names do. */
export function layerName({ cell }: RecurrentShape, side: Side, layer: number): string {
  return `${side}.${cell}${layer}`;
}
