/** The loss of each token with its gradient. */
import { crossEntropy } from '@honyaku/kernels';
import { attributes, dataTypes, float, runKernelForAll, type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { isNative } from './choice.ts';

/**
 * Token losses [n] without smoothing, and the gradients [n, vocabulary] by the logits of the smoothed ones, which are
 * what training minimises.
 */
export function trainingLoss(
  logits: Tensor,
  labels: Int32Array,
  smoothing: number,
): { losses: Tensor; dLogits: Tensor } {
  const labelIds = tf.tensor1d(labels, 'int32');
  if (isNative) return crossEntropy(logits, labelIds, { smoothing });
  const plain = sparseSoftmaxCrossEntropy(logits, labelIds);
  return smoothing > 0
    ? { losses: plain.losses, dLogits: smoothedCrossEntropy(logits, labels, smoothing).dLogits }
    : plain;
}

/** Token losses [n] and their gradients by the logits [n, vocabulary], from logits [n, vocabulary] and labels [n]. */
export function sparseSoftmaxCrossEntropy(
  logits: Tensor,
  labels: Tensor,
): { losses: Tensor; dLogits: Tensor } {
  const [losses, dLogits] = runKernelForAll(
    'SparseSoftmaxCrossEntropyWithLogits',
    [float, attributes.type('Tlabels', dataTypes.int32)],
    [logits, labels],
    2,
  );
  return { losses, dLogits };
}

/**
 * Cross-entropy against labels that keep 1 - `smoothing` of the probability and spread the rest evenly over
 * the vocabulary (as PyTorch's `label_smoothing`): losses [n] and gradients by the logits [n, vocabulary].
 */
export function smoothedCrossEntropy(
  logits: Tensor,
  labels: Int32Array,
  smoothing: number,
): { losses: Tensor; dLogits: Tensor } {
  const vocabulary = logits.shape[1] ?? 0;
  const spread = smoothing / vocabulary;
  const kept = 1 - smoothing + spread;
  const wanted = tf.oneHot(tf.tensor1d(labels, 'int32'), vocabulary, kept, spread, 'float32');
  const [losses, dLogits] = runKernelForAll('SoftmaxCrossEntropyWithLogits', [float], [logits, wanted], 2);
  return { losses, dLogits };
}
