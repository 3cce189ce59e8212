/** The loss of a batch, with its gradients. */
import { type Batch, specialTokens } from '@honyaku/contracts';
import { smoothedCrossEntropy, sparseSoftmaxCrossEntropy, trainingLoss } from '../kernels/cross-entropy.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import type { Dropout } from '../kernels/random.ts';
import { Gradients } from '../networks/gradients.ts';
import type { Network } from '../networks/network.ts';
import type { Weights } from '../networks/parameter.ts';

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
  /** The gradients are those of the summed loss divided by this: by default the tokens that count. */
  readonly divisor?: number | undefined;
  /** Names parameters whose gradients are not wanted. */
  readonly isFrozen?: ((name: string) => boolean) | undefined;
}

/** Target tokens of a batch that are not padding. */
export function countTokens({ target }: Batch): number {
  return target.reduce((count, id) => (id === specialTokens.pad ? count : count + 1), 0);
}

/** Cross-entropy of a batch without gradients or dropout. */
export function lossOf(batch: Batch, network: Network, weights: Weights): BatchLoss {
  const { losses } = tokenLosses(batch, network, weights);
  return { tokenLoss: losses.reduce((sum, loss) => sum + loss, 0), targetTokens: losses.length };
}

/** The same for each row of the batch: log probabilities of its target and its tokens. */
export function rowLosses(batch: Batch, network: Network, weights: Weights): BatchLoss[] {
  const { losses, rows } = tokenLosses(batch, network, weights);
  const sums = Array.from({ length: batch.size }, () => ({ tokenLoss: 0, targetTokens: 0 }));
  losses.forEach((loss, index) => {
    const sum = sums[rows[index] ?? -1];
    if (!sum) return;
    sum.tokenLoss += loss;
    sum.targetTokens += 1;
  });
  return sums;
}

/** The loss that training minimises: with smoothing, summed over the tokens that count. */
export function objectiveOf(
  batch: Batch,
  network: Network,
  weights: Weights,
  { dropout, labelSmoothing = 0 }: LossOptions,
): number {
  if (countTokens(batch) === 0) return 0;
  return tf.tidy(() => {
    const { scores, labels } = network.forward(batch, weights, dropout);
    return scalarOf(smoothedCrossEntropy(scores, labels, labelSmoothing).losses.sum());
  });
}

function tokenLosses(
  batch: Batch,
  network: Network,
  weights: Weights,
): { losses: Float32Array; rows: Int32Array } {
  if (countTokens(batch) === 0) return { losses: new Float32Array(), rows: new Int32Array() };
  return tf.tidy(() => {
    const { scores, labels, rows } = network.forward(batch, weights);
    const { losses } = sparseSoftmaxCrossEntropy(scores, tf.tensor1d(labels, 'int32'));
    return { losses: losses.dataSync<'float32'>(), rows };
  });
}

/**
 * The loss with the gradients of its mean over the tokens that count.
 * @returns gradients by parameter name; the caller disposes them. Empty when no token counts
 */
export function lossAndGradients(
  batch: Batch,
  network: Network,
  weights: Weights,
  { dropout, labelSmoothing = 0, divisor, isFrozen }: LossOptions = {},
): BatchLoss & { readonly gradients: ReadonlyMap<string, Tensor> } {
  const targetTokens = countTokens(batch);
  if (targetTokens === 0) return { tokenLoss: 0, targetTokens, gradients: new Map() };
  const gradients = new Gradients(isFrozen);
  let finished = new Map<string, Tensor>();
  const tokenLoss = tf.tidy(() => {
    const { scores, labels, backward } = network.forward(batch, weights, dropout);
    const { losses, dLogits } = trainingLoss(scores, labels, labelSmoothing);
    backward(dLogits, 1 / (divisor ?? targetTokens), gradients);
    finished = gradients.finish();
    return scalarOf(losses.sum());
  });
  return { tokenLoss, targetTokens, gradients: finished };
}

/** Logits at every position, padding included, row-major: [batch·time, vocabulary]. */
export function allLogits(batch: Batch, network: Network, weights: Weights): Float32Array {
  // A target without padding counts everywhere, and leaves the rows in their order; which tokens it has does not matter.
  const target = new Int32Array(batch.target.length).fill(specialTokens.eos);
  return tf.tidy(() => network.forward({ ...batch, target }, weights).scores.dataSync<'float32'>());
}

function scalarOf(tensor: Tensor): number {
  return tensor.dataSync()[0] ?? NaN;
}
