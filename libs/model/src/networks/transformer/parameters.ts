/** Which parameters the Transformer has, and how they start; a checkpoint has Hugging Face's names of them. */
import { oneTensor } from '../../checkpoint/parameters.ts';
import type { OutputLayer } from '../scores.ts';
import { parameter, type ParameterSpec } from '../parameter.ts';
import {
  layerName,
  layersOf,
  outputBias,
  sharedWeight,
  type Side,
  sides,
  type TransformerShape,
} from './shape.ts';

/**
 * All parameters, in the order of a checkpoint. Products start as Marian's do, from U(±√(6 / (in + out))) (Glorot & Bengio
 * 2010), their biases from 0. The shared embedding starts from N(0, 1/√width), since it is multiplied by √width (Vaswani
 * et al. 2017, section 3.4): so embedded tokens have the size of the positions that are added. The decoder's first token
 * is zero, which Marian and CTranslate2 take for granted.
 */
export function parameterSpecs(shape: TransformerShape): ParameterSpec[] {
  const { hiddenSize: width, tokens } = shape;
  return [
    parameter(sharedWeight, [tokens.rows, width], { normal: 1 / Math.sqrt(width), lastRow: 'zero' }),
    ...sides.flatMap((side) =>
      Array.from({ length: layersOf(shape, side) }, (_, layer) => layerParameters(shape, side, layer)).flat(),
    ),
    { ...parameter(outputBias, [tokens.rows], 0), layout: oneTensor(outputBias, [1, tokens.rows]) },
  ];
}

export function outputLayer({ tokens }: TransformerShape): OutputLayer {
  return { weight: sharedWeight, bias: outputBias, rowOf: tokens.rowOf };
}

function layerParameters(shape: TransformerShape, side: Side, layer: number): ParameterSpec[] {
  const { hiddenSize: width, feedForwardSize } = shape;
  const prefix = layerName(side, layer);
  return [
    ...attention(`${prefix}.self_attn`, width),
    ...(side === 'decoder' ? attention(`${prefix}.encoder_attn`, width) : []),
    ...linear(`${prefix}.fc1`, feedForwardSize, width),
    ...linear(`${prefix}.fc2`, width, feedForwardSize),
    ...layerNorm(`${prefix}.final_layer_norm`, width),
  ];
}

/** With the layer norm that follows it. */
function attention(prefix: string, width: number): ParameterSpec[] {
  const projections = ['k_proj', 'v_proj', 'q_proj', 'out_proj'];
  return [
    ...projections.flatMap((name) => linear(`${prefix}.${name}`, width, width)),
    ...layerNorm(`${prefix}_layer_norm`, width),
  ];
}

function linear(name: string, out: number, input: number): ParameterSpec[] {
  return [
    parameter(`${name}.weight`, [out, input], Math.sqrt(6 / (input + out))),
    parameter(`${name}.bias`, [out], 0),
  ];
}

function layerNorm(name: string, width: number): ParameterSpec[] {
  return [
    parameter(`${name}.weight`, [width], { constant: 1 }),
    parameter(`${name}.bias`, [width], { constant: 0 }),
  ];
}
