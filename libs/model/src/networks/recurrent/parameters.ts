/** Which parameters the recurrent network has, and how they start. */
import { linearParameters, parameter, type ParameterSpec } from '../parameter.ts';
import type { LinearLayer } from '../linear.ts';
import type { OutputLayer } from '../scores.ts';
import { gru } from './gru.ts';
import { lstm } from './lstm.ts';
import type { RecurrentCell } from './recurrent-cell.ts';
import { isNotebookNetwork, layerName, type RecurrentShape, type Side, sides } from './shape.ts';

/** The recurrent layers to choose from. */
export const cells: Readonly<Record<RecurrentShape['cell'], RecurrentCell>> = { lstm, gru };

/**
 * All parameters, in the order of a checkpoint. PyTorch's defaults are the start: N(0, 1) for embeddings, unless
 * `embeddingStd` is another deviation, U(±1/√fan-in) for linear layers, U(±1/√hidden) for recurrent ones; an embedding
 * that is the output layer too starts as that.
 */
export function parameterSpecs(shape: RecurrentShape): ParameterSpec[] {
  return sides.flatMap((side) => [
    embedding(shape, side),
    ...Array.from({ length: shape.layers }, (_, index) => recurrentLayer(shape, side, index + 1)).flat(),
    ...output(shape, side),
    ...(shape.residual ? linearParameters(`${side}.fc_skip`, shape.hiddenSize, shape.embeddingSize) : []),
    ...(side === 'decoder' ? attention(shape) : []),
  ]);
}

/** The decoder's embedding is the output layer's weight too where they are tied. */
export function outputLayer({ tiedEmbeddings }: RecurrentShape): OutputLayer {
  return {
    weight: tiedEmbeddings ? embeddingName('decoder') : 'decoder.fc.weight',
    bias: 'decoder.fc.bias',
  };
}

export function embeddingName(side: Side): string {
  return `${side}.embedding.weight`;
}

/** What the first layer's residual connection makes of the embedding. */
export function skipLayer(side: Side): LinearLayer {
  return { weight: `${side}.fc_skip.weight`, bias: `${side}.fc_skip.bias` };
}

function embedding(shape: RecurrentShape, side: Side): ParameterSpec {
  const vocabulary = side === 'encoder' ? shape.vocabularySize.source : shape.vocabularySize.target;
  const isOutput = side === 'decoder' && shape.tiedEmbeddings;
  const start = isOutput ? 1 / Math.sqrt(shape.hiddenSize) : { normal: shape.embeddingStd };
  return parameter(embeddingName(side), [vocabulary, shape.embeddingSize], start);
}

function recurrentLayer(shape: RecurrentShape, side: Side, layer: number): ParameterSpec[] {
  const { hiddenSize: hidden, embeddingSize } = shape;
  const { parameters } = cells[shape.cell];
  const fed = side === 'decoder' && shape.inputFeeding ? hidden : 0;
  const input = layer === 1 ? embeddingSize + fed : hidden;
  const prefix = layerName(shape, side, layer);
  if (side === 'decoder' || !shape.bidirectional) return parameters({ prefix, suffix: '' }, input, hidden);
  return (['', '_reverse'] as const).flatMap((suffix) => parameters({ prefix, suffix }, input, hidden / 2));
}

function output(shape: RecurrentShape, side: Side): readonly ParameterSpec[] {
  const { hiddenSize: hidden, vocabularySize } = shape;
  if (side === 'decoder') {
    const [weight, bias] = linearParameters('decoder.fc', vocabularySize.target, hidden);
    return shape.tiedEmbeddings ? [bias] : [weight, bias];
  }
  // The reference's encoder has an output layer that it never uses; `load_state_dict` wants all parameters.
  return isNotebookNetwork(shape) ? linearParameters('encoder.fc', hidden, hidden) : [];
}

function attention({ attention: kind, hiddenSize: hidden }: RecurrentShape): ParameterSpec[] {
  if (kind === 'none') return [];
  const combine = parameter(
    'decoder.attention_combine.weight',
    [hidden, 2 * hidden],
    1 / Math.sqrt(2 * hidden),
  );
  const score = parameter('decoder.attention.weight', [hidden, hidden], 1 / Math.sqrt(hidden));
  return kind === 'general' ? [score, combine] : [combine];
}
