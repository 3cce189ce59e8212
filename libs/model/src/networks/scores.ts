/** From hidden states to scores: the output layer over the target tokens that count, forward and back. */
import { type Batch, specialTokens } from '@honyaku/contracts';
import { gatherRows, matMul, scatterAddRows, sumRows } from '../kernels/matrices.ts';
import { linear, type LinearLayer } from './linear.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import type { Gradients } from './gradients.ts';
import type { PackedTokens } from './packing.ts';
import type { Weights } from './parameter.ts';

/** Scores of the vocabulary's tokens; the weight [vocabulary, hidden] may be an embedding too. */
export interface OutputLayer extends LinearLayer {
  /** The weight's row of a token; by default its id. */
  readonly rowOf?: (id: number) => number;
}

/** What a network makes of a batch before its output layer. */
export interface HiddenStates {
  /** Where each target token's row stands in `hidden`. */
  readonly packing: PackedTokens;
  /** What the output layer takes, [positions, hidden]. */
  readonly hidden: Tensor;
  readonly backward: (dHidden: Tensor, gradients: Gradients) => void;
}

/** Scores of a batch's target tokens, padding left out. */
export interface ForwardPass {
  /** Logits of each token, [tokens, vocabulary]. */
  readonly scores: Tensor;
  /** The column of the token that the target has there. */
  readonly labels: Int32Array;
  /** The batch's row of each token. */
  readonly rows: Int32Array;
  /** @param scale a factor of all gradients, such as that of a mean */
  readonly backward: (dScores: Tensor, scale: number, gradients: Gradients) => void;
}

/** Only the positions that count reach the output layer. */
export function scoreTargets(
  batch: Batch,
  { packing, hidden, backward }: HiddenStates,
  output: OutputLayer,
  weights: Weights,
): ForwardPass {
  const { positions, labels, rows } = targetTokens(batch, packing);
  const counted = tf.tensor1d(positions, 'int32');
  const out = gatherRows(hidden, counted);
  return {
    scores: linear(out, output, weights),
    labels: output.rowOf ? labels.map(output.rowOf) : labels,
    rows,
    backward: (dScores, scale, gradients) => {
      // The scale goes to the smaller factor of each product, never over the [tokens, vocabulary] gradient.
      gradients.addProduct(output.weight, dScores, out.mul(scale));
      gradients.addWhole(output.bias, sumRows(dScores).mul(scale));
      const dOut = matMul(dScores, weights(output.weight)).mul(scale);
      backward(scatterAddRows(dOut, counted, packing.positions), gradients);
    },
  };
}

function targetTokens({ target, targetLength }: Batch, packing: PackedTokens) {
  const positions: number[] = [];
  const labels: number[] = [];
  const rows: number[] = [];
  packing.lengths.forEach((length, place) => {
    const row = packing.order[place] ?? 0;
    for (let time = 0; time < length; time += 1) {
      const label = target[row * targetLength + time] ?? specialTokens.pad;
      if (label === specialTokens.pad) continue;
      positions.push(packing.at(time, place));
      labels.push(label);
      rows.push(row);
    }
  });
  return {
    positions: Int32Array.from(positions),
    labels: Int32Array.from(labels),
    rows: Int32Array.from(rows),
  };
}
