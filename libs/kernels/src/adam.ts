/** The update of all parameters, and the norm of all gradients, each by one kernel. */
import './load.ts';
import { attributes, runKernel, runKernelForAll, type Tensor, tf } from './tensorflow.ts';

/** A parameter with its moments and its gradient, all of one shape. */
export interface AdamParameter {
  readonly value: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
  readonly gradient: Tensor;
}

export interface AdamSettings {
  readonly learningRate: number;
  /** Counts from 1. */
  readonly step: number;
  /** Share of each weight that an update takes away, times the rate (Loshchilov & Hutter 2019). */
  readonly weightDecay?: number;
  /** Factor of all gradients, as clipping wants it. */
  readonly gradientFactor?: number;
}

/**
 * One step of Adam (Kingma & Ba 2015, as PyTorch computes it), in place: values and moments change in the memory of
 * their tensors, and so does every tensor that shares it, such as the variable that a tensor was read from.
 */
export function applyAdam(parameters: readonly AdamParameter[], settings: AdamSettings): void {
  if (parameters.length === 0) return;
  const { learningRate, step, weightDecay = 0, gradientFactor = 1 } = settings;
  const numbers = tf.tensor1d([learningRate, step, weightDecay, gradientFactor]);
  const inputs = [
    ...parameters.map(({ value }) => value),
    ...parameters.map(({ firstMoment }) => firstMoment),
    ...parameters.map(({ secondMoment }) => secondMoment),
    ...parameters.map(({ gradient }) => gradient),
    numbers,
  ];
  runKernelForAll('HonyakuAdam', [attributes.int('N', parameters.length)], inputs, 0);
  numbers.dispose();
}

/** The sum of the squares of all tensors, a scalar. */
export function squaredNorm(tensors: readonly Tensor[]): Tensor {
  if (tensors.length === 0) return tf.scalar(0);
  return runKernel('HonyakuSquaredNorm', [attributes.int('N', tensors.length)], tensors);
}
