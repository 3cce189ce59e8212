/** Which parameters the network has, and how they start. */
import { statelessNormal, statelessUniform } from './kernels.ts';
import { randomKey } from './random-key.ts';
import { type Tensor, tf } from './tensorflow.ts';

/** Sizes of the network, and where the decoder's third layer starts each call. */
export interface NetworkShape {
  readonly sourceVocabulary: number;
  readonly targetVocabulary: number;
  readonly embeddingSize: number;
  readonly hiddenSize: number;
  readonly topState: 'zero' | 'carried';
}

export const sides = ['encoder', 'decoder'] as const;
export type Side = (typeof sides)[number];
export const layers = [1, 2, 3] as const;
export type Layer = (typeof layers)[number];

/** A parameter as the kernels want it. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Bound of a uniform start, or a standard normal one. */
  readonly start: number | 'normal';
}

/**
 * All parameters. An LSTM's two weights stand in one `kernel` [input + hidden, 4 hidden], input rows first,
 * gates in the order i, g, f, o; its biases have that order too. PyTorch's defaults are the start: N(0, 1) for
 * embeddings, U(±1/√fan-in) for linear layers, U(±1/√hidden) for LSTMs.
 */
export function parameterSpecs(shape: NetworkShape): ParameterSpec[] {
  const { embeddingSize: embed, hiddenSize: hidden } = shape;
  const lstmBound = 1 / Math.sqrt(hidden);
  return sides.flatMap((side) => {
    const vocabulary = side === 'encoder' ? shape.sourceVocabulary : shape.targetVocabulary;
    const out = side === 'encoder' ? hidden : vocabulary;
    return [
      { name: `${side}.embedding.weight`, shape: [vocabulary, embed], start: 'normal' as const },
      ...layers.flatMap((layer) => [
        {
          name: `${side}.lstm${layer}.kernel`,
          shape: [(layer === 1 ? embed : hidden) + hidden, 4 * hidden],
          start: lstmBound,
        },
        { name: `${side}.lstm${layer}.bias_ih_l0`, shape: [4 * hidden], start: lstmBound },
        { name: `${side}.lstm${layer}.bias_hh_l0`, shape: [4 * hidden], start: lstmBound },
      ]),
      { name: `${side}.fc.weight`, shape: [out, hidden], start: lstmBound },
      { name: `${side}.fc.bias`, shape: [out], start: lstmBound },
      { name: `${side}.fc_skip.weight`, shape: [hidden, embed], start: 1 / Math.sqrt(embed) },
      { name: `${side}.fc_skip.bias`, shape: [hidden], start: 1 / Math.sqrt(embed) },
    ];
  });
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
