/** The loss of a batch, with its gradients. */
import { type Batch, specialTokens } from '@honyaku/contracts';
import { logitsOf } from '../networks/recurrent/decoder.ts';
import { Gradients } from '../networks/gradients.ts';
import { smoothedCrossEntropy, sparseSoftmaxCrossEntropy } from '../kernels/cross-entropy.ts';
import { gatherRows, matMul, scatterAddRows } from '../kernels/matrices.ts';
import { runNetwork } from '../networks/recurrent/network.ts';
import { type NetworkShape, outputWeight } from '../networks/recurrent/shape.ts';
import type { Packing } from '../networks/packing.ts';
import type { Weights } from '../networks/recurrent/recurrent-cell.ts';
import type { Dropout } from '../networks/recurrent/stack.ts';
import { type Tensor, tf } from '../kernels/tensorflow.ts';

/** Loss of a batch: summed over the target tokens that are not padding, in nats, without smoothing. */
export interface BatchLoss {
  readonly tokenLoss: number;
  readonly targetTokens: number;
}

/** What shapes the loss in training alone. */
export interface LossOptions {
  readonly dropout?: Dropout | undefined;
  /** Probability that is spread over the vocabulary (Szegedy et al. 2016), 0 to below 1. */
  readonly labelSmoothing?: number | undefined;
  /** The gradients are those of the summed loss divided by this: the tokens that count, unless said. */
  readonly divisor?: number | undefined;
}

/** Packed positions of the target tokens that count, and their ids. */
interface Counted {
  readonly positions: Int32Array;
  readonly labels: Int32Array;
  readonly rows: Int32Array;
}

/** Target tokens of a batch that are not padding. */
export function countTokens({ target }: Batch): number {
  return target.reduce((count, id) => (id === specialTokens.pad ? count : count + 1), 0);
}

/** Cross-entropy of a batch without gradients. Only positions that count reach the output layer. */
export function lossOf(
  batch: Batch,
  shape: NetworkShape,
  weights: Weights,
  options: LossOptions = {},
): BatchLoss {
  const { losses } = tokenLosses(batch, shape, weights, options);
  return { tokenLoss: losses.reduce((sum, loss) => sum + loss, 0), targetTokens: losses.length };
}

/** The same for each row of the batch: log probabilities of its target and its tokens. */
export function rowLosses(batch: Batch, shape: NetworkShape, weights: Weights): BatchLoss[] {
  const { losses, rows } = tokenLosses(batch, shape, weights, {});
  const sums = Array.from({ length: batch.size }, () => ({ tokenLoss: 0, targetTokens: 0 }));
  losses.forEach((loss, index) => {
    const sum = sums[rows[index] ?? -1];
    if (!sum) return;
    sum.tokenLoss += loss;
    sum.targetTokens += 1;
  });
  return sums;
}

/** The loss that training lowers: with smoothing, summed over the tokens that count. */
export function objectiveOf(
  batch: Batch,
  shape: NetworkShape,
  weights: Weights,
  options: LossOptions,
): number {
  if (countTokens(batch) === 0) return 0;
  return tf.tidy(() => {
    const run = runNetwork(batch, shape, weights, options);
    const { positions, labels } = countedTargets(batch, run.packing);
    const logits = logitsOf(gatherRows(run.out, tf.tensor1d(positions, 'int32')), shape, weights);
    return scalarOf(smoothedCrossEntropy(logits, labels, options.labelSmoothing ?? 0).losses.sum());
  });
}

function tokenLosses(
  batch: Batch,
  shape: NetworkShape,
  weights: Weights,
  { dropout }: LossOptions,
): { losses: Float32Array; rows: Int32Array } {
  if (countTokens(batch) === 0) return { losses: new Float32Array(), rows: new Int32Array() };
  return tf.tidy(() => {
    const run = runNetwork(batch, shape, weights, { dropout });
    const { positions, labels, rows } = countedTargets(batch, run.packing);
    const out = gatherRows(run.out, tf.tensor1d(positions, 'int32'));
    const { losses } = sparseSoftmaxCrossEntropy(logitsOf(out, shape, weights), tf.tensor1d(labels, 'int32'));
    return { losses: losses.dataSync<'float32'>(), rows };
  });
}

/**
 * The loss with the gradients of its mean over the tokens that count.
 * @returns gradients by parameter name; the caller disposes them. Empty when no token counts
 */
export function lossAndGradients(
  batch: Batch,
  shape: NetworkShape,
  weights: Weights,
  { dropout, labelSmoothing = 0, divisor }: LossOptions = {},
): BatchLoss & { readonly gradients: ReadonlyMap<string, Tensor> } {
  const targetTokens = countTokens(batch);
  if (targetTokens === 0) return { tokenLoss: 0, targetTokens, gradients: new Map() };
  const gradients = new Gradients();
  let finished = new Map<string, Tensor>();
  const tokenLoss = tf.tidy(() => {
    const run = runNetwork(batch, shape, weights, { dropout });
    const { positions, labels } = countedTargets(batch, run.packing);
    const counted = tf.tensor1d(positions, 'int32');
    const out = gatherRows(run.out, counted);
    const logits = logitsOf(out, shape, weights);
    const { losses, dLogits } = sparseSoftmaxCrossEntropy(logits, tf.tensor1d(labels, 'int32'));
    const dSmoothed =
      labelSmoothing > 0 ? smoothedCrossEntropy(logits, labels, labelSmoothing).dLogits : dLogits;
    // The mean's 1/n goes to the smaller factor of each product, never over the [n, vocabulary] gradient.
    const share = 1 / (divisor ?? targetTokens);
    const weight = outputWeight(shape);
    gradients.addProduct(weight, dSmoothed, out.mul(share));
    gradients.addRows('decoder.fc.bias', dSmoothed.sum(0, true).mul(share));
    const dOut = matMul(dSmoothed, weights(weight)).mul(share);
    run.backward(scatterAddRows(dOut, counted, run.packing.positions), gradients);
    finished = gradients.finish();
    return scalarOf(losses.sum());
  });
  return { tokenLoss, targetTokens, gradients: finished };
}

function countedTargets({ target, targetLength }: Batch, packing: Packing): Counted {
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

/** Logits at every position, padding included, row-major: [batch·time, vocabulary]. */
export function allLogits(batch: Batch, shape: NetworkShape, weights: Weights): Float32Array {
  return tf.tidy(() => {
    const run = runNetwork(batch, shape, weights, { padding: true });
    const logits = logitsOf(run.out, shape, weights);
    // All rows are equally long, so packing has left them in their order.
    return logits
      .reshape([batch.targetLength, batch.size, shape.targetVocabulary])
      .transpose([1, 0, 2])
      .dataSync<'float32'>();
  });
}

function scalarOf(tensor: Tensor): number {
  return tensor.dataSync()[0] ?? NaN;
}
