import { type Batch, specialTokens } from '@honyaku/contracts';
import { gatherRows, matMul, scatterAddRows, sparseSoftmaxCrossEntropy } from './kernels.ts';
import {
  logitsOf,
  networkBackward,
  networkForward,
  timeMajor,
  topOf,
  type Dropout,
  type Weights,
} from './network.ts';
import type { NetworkShape } from './parameters.ts';
import { type Tensor, tf } from './tensorflow.ts';

/** Loss of a batch: summed over the target tokens that are not padding, in nats. */
export interface BatchLoss {
  readonly tokenLoss: number;
  readonly targetTokens: number;
}

/** Positions of the target tokens that count, time-major, and their ids. */
function countedTargets(batch: Batch): { positions: Int32Array; labels: Int32Array } {
  const { ids } = timeMajor(batch.target, batch.size, batch.targetLength);
  const positions = Int32Array.from(ids.keys()).filter((position) => ids[position] !== specialTokens.pad);
  return { positions, labels: positions.map((position) => ids[position] ?? specialTokens.pad) };
}

/**
 * Cross-entropy of a batch without gradients. Only positions that count reach the output layer:
 * the loss ignores the others.
 */
export function lossOf(batch: Batch, shape: NetworkShape, weights: Weights, dropout?: Dropout): BatchLoss {
  const { positions, labels } = countedTargets(batch);
  if (positions.length === 0) return { tokenLoss: 0, targetTokens: 0 };
  return tf.tidy(() => {
    const top = gatherRows(
      topOf(networkForward(batch, shape, weights, dropout)),
      tf.tensor1d(positions, 'int32'),
    );
    const { losses } = sparseSoftmaxCrossEntropy(logitsOf(top, weights), tf.tensor1d(labels, 'int32'));
    return { tokenLoss: scalarOf(losses.sum()), targetTokens: positions.length };
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
  dropout?: Dropout,
): BatchLoss & { readonly gradients: ReadonlyMap<string, Tensor> } {
  const { positions, labels } = countedTargets(batch);
  const gradients = new Map<string, Tensor>();
  if (positions.length === 0) return { tokenLoss: 0, targetTokens: 0, gradients };
  const tokenLoss = tf.tidy(() => {
    const add = (name: string, gradient: Tensor) => {
      gradients.set(name, tf.keep(gradient.clone()));
    };
    const tape = networkForward(batch, shape, weights, dropout);
    const all = topOf(tape);
    const counted = tf.tensor1d(positions, 'int32');
    const top = gatherRows(all, counted);
    const { losses, dLogits } = sparseSoftmaxCrossEntropy(
      logitsOf(top, weights),
      tf.tensor1d(labels, 'int32'),
    );
    // The mean's 1/n goes to the smaller factor of each product, never over the [n, vocabulary] gradient.
    const share = 1 / positions.length;
    add('decoder.fc.weight', matMul(dLogits, top.mul(share), { a: true }));
    add('decoder.fc.bias', dLogits.sum(0).mul(share));
    const dTop = matMul(dLogits, weights('decoder.fc.weight')).mul(share);
    networkBackward(tape, scatterAddRows(dTop, counted, all.shape[0] ?? 0), weights, add);
    return scalarOf(losses.sum());
  });
  return { tokenLoss, targetTokens: positions.length, gradients };
}

/** Logits at every position, padding included, row-major: [batch·time, vocabulary]. */
export function allLogits(batch: Batch, shape: NetworkShape, weights: Weights): Float32Array {
  return tf.tidy(() => {
    const logits = logitsOf(topOf(networkForward(batch, shape, weights)), weights);
    const vocabulary = logits.shape[1] ?? 0;
    return logits
      .reshape([batch.targetLength, batch.size, vocabulary])
      .transpose([1, 0, 2])
      .dataSync<'float32'>();
  });
}

function scalarOf(tensor: Tensor): number {
  return tensor.dataSync()[0] ?? NaN;
}
