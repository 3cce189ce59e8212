import type { Hyperparameters } from '@honyaku/contracts';

/** Sizes and parts of the network: all that decides which parameters it has. */
export interface NetworkShape {
  readonly sourceVocabulary: number;
  readonly targetVocabulary: number;
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  /** Where the decoder's last layer starts each call. */
  readonly topState: 'zero' | 'carried';
  readonly layers: number;
  readonly cell: 'lstm' | 'gru';
  /** Whether each layer's input is added to its output; the first layer's through a linear map. */
  readonly residual: boolean;
  /** An encoder that reads both ways, half of the hidden units each. */
  readonly bidirectional: boolean;
  readonly attention: 'none' | 'dot' | 'general';
  /** Whether the attention's output is part of the decoder's next input. */
  readonly inputFeeding: boolean;
  /** Whether the decoder's embedding is its output layer too. */
  readonly tiedEmbeddings: boolean;
}

/** The parts of the notebook's network. */
export const notebookParts = {
  layers: 3,
  cell: 'lstm',
  residual: true,
  bidirectional: false,
  attention: 'none',
  inputFeeding: false,
  tiedEmbeddings: false,
} as const satisfies Partial<NetworkShape>;

/** Whether the PyTorch reference can be loaded with this network's checkpoint. */
export function isNotebookNetwork(shape: NetworkShape): boolean {
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
export function layerName({ cell }: NetworkShape, side: Side, layer: number): string {
  return `${side}.${cell}${layer}`;
}

/** Name of the output layer's weight [vocabulary, hidden]. */
export function outputWeight({ tiedEmbeddings }: NetworkShape): string {
  return tiedEmbeddings ? 'decoder.embedding.weight' : 'decoder.fc.weight';
}

/** The network that a trial's settings ask for. */
export function networkShape(
  hyperparameters: Hyperparameters,
  vocabularySize: { readonly source: number; readonly target: number },
): NetworkShape {
  return {
    sourceVocabulary: vocabularySize.source,
    targetVocabulary: vocabularySize.target,
    embeddingSize: hyperparameters.embeddingSize,
    hiddenSize: hyperparameters.hiddenSize,
    topState: hyperparameters.topState,
    layers: hyperparameters.layers,
    cell: hyperparameters.cell,
    residual: hyperparameters.residual,
    bidirectional: hyperparameters.bidirectional,
    attention: hyperparameters.attention,
    inputFeeding: hyperparameters.inputFeeding,
    tiedEmbeddings: hyperparameters.tiedEmbeddings,
  };
}
