/** Which parameters the network has, and how they start. */
import { gru } from './gru.ts';
import { randomKey, statelessNormal, statelessUniform } from '../../kernels/random.ts';
import { lstm } from './lstm.ts';
import { isNotebookNetwork, layerName, type NetworkShape, type Side, sides } from './shape.ts';
import type { ParameterSpec } from '../parameter-spec.ts';

import type { RecurrentCell } from './recurrent-cell.ts';
import { type Tensor, tf } from '../../kernels/tensorflow.ts';

/** The recurrent layers to choose from. */
export const cells: Readonly<Record<NetworkShape['cell'], RecurrentCell>> = { lstm, gru };

/**
 * All parameters, in the order of a checkpoint. PyTorch's defaults are the start: N(0, 1) for embeddings,
 * U(±1/√fan-in) for linear layers, U(±1/√hidden) for recurrent ones; an embedding that is the output layer
 * too starts as that.
 */
export function parameterSpecs(shape: NetworkShape): ParameterSpec[] {
  return sides.flatMap((side) => [
    embedding(shape, side),
    ...Array.from({ length: shape.layers }, (_, index) => recurrentLayer(shape, side, index + 1)).flat(),
    ...output(shape, side),
    ...(shape.residual ? linear(`${side}.fc_skip`, shape.hiddenSize, shape.embeddingSize) : []),
    ...(side === 'decoder' ? attention(shape) : []),
  ]);
}

function embedding(shape: NetworkShape, side: Side): ParameterSpec {
  const vocabulary = side === 'encoder' ? shape.sourceVocabulary : shape.targetVocabulary;
  const isOutput = side === 'decoder' && shape.tiedEmbeddings;
  return {
    name: `${side}.embedding.weight`,
    shape: [vocabulary, shape.embeddingSize],
    start: isOutput ? 1 / Math.sqrt(shape.hiddenSize) : 'normal',
  };
}

function recurrentLayer(shape: NetworkShape, side: Side, layer: number): ParameterSpec[] {
  const { hiddenSize: hidden, embeddingSize } = shape;
  const { parameters } = cells[shape.cell];
  const fed = side === 'decoder' && shape.inputFeeding ? hidden : 0;
  const input = layer === 1 ? embeddingSize + fed : hidden;
  const prefix = layerName(shape, side, layer);
  if (side === 'decoder' || !shape.bidirectional) return parameters({ prefix, suffix: '' }, input, hidden);
  return (['', '_reverse'] as const).flatMap((suffix) => parameters({ prefix, suffix }, input, hidden / 2));
}

function output(shape: NetworkShape, side: Side): ParameterSpec[] {
  const { hiddenSize: hidden, targetVocabulary } = shape;
  if (side === 'decoder') {
    const [weight, bias] = linear('decoder.fc', targetVocabulary, hidden);
    return [...(weight && !shape.tiedEmbeddings ? [weight] : []), ...(bias ? [bias] : [])];
  }
  // The reference's encoder has one that it never uses; its checkpoints are to be whole.
  return isNotebookNetwork(shape) ? linear('encoder.fc', hidden, hidden) : [];
}

function attention({ attention: kind, hiddenSize: hidden }: NetworkShape): ParameterSpec[] {
  if (kind === 'none') return [];
  const combine = {
    name: 'decoder.attention_combine.weight',
    shape: [hidden, 2 * hidden],
    start: 1 / Math.sqrt(2 * hidden),
  };
  const score = { name: 'decoder.attention.weight', shape: [hidden, hidden], start: 1 / Math.sqrt(hidden) };
  return kind === 'general' ? [score, combine] : [combine];
}

function linear(name: string, out: number, input: number): ParameterSpec[] {
  const start = 1 / Math.sqrt(input);
  return [
    { name: `${name}.weight`, shape: [out, input], start },
    { name: `${name}.bias`, shape: [out], start },
  ];
}

/** A parameter's first value, a function of the seed and its name. */
export function initialValue(spec: ParameterSpec, seed: number): Tensor {
  const key = randomKey('parameter', seed, spec.name);
  const { start, shape } = spec;
  if (start === 'normal') return statelessNormal(shape, key);
  return tf.tidy(() =>
    statelessUniform(shape, key)
      .mul(2 * start)
      .sub(start),
  );
}
