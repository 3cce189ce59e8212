/** The loss of each token with its gradient, in one pass over the logits. */
import './load.ts';
import { attributes, runKernelForAll, type Tensor, tf } from './tensorflow.ts';

export interface CrossEntropyOptions {
  /** Probability of each label that is spread evenly over the vocabulary, as PyTorch's `label_smoothing`: of the gradients. */
  readonly smoothing?: number;
  /** Factor of the gradients, such as 1 divided by the number of tokens; losses stay as they are. */
  readonly scale?: number;
}

/**
 * Cross-entropy of logits [n, vocabulary] against int32 labels [n]: losses [n] without smoothing, and the gradients
 * [n, vocabulary] of the smoothed ones by the logits.
 */
export function crossEntropy(
  logits: Tensor,
  labels: Tensor,
  { smoothing = 0, scale = 1 }: CrossEntropyOptions = {},
): { losses: Tensor; dLogits: Tensor } {
  const factor = tf.scalar(scale);
  const [losses, dLogits] = runKernelForAll(
    'HonyakuCrossEntropy',
    [attributes.float('smoothing', smoothing)],
    [logits, labels, factor],
    2,
  );
  factor.dispose();
  return { losses, dLogits };
}
