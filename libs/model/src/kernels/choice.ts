/**
 * Which kernels this process computes with: TensorFlow's, on any device, or our own native ones, on CPUs. As with
 * TensorFlow's own settings, a variable of the environment decides it for the life of a process.
 */
import { InvalidInput, kernelChoices } from '@honyaku/contracts';
import { kernelsName } from '@honyaku/kernels';

const value = process.env['HONYAKU_KERNELS'] ?? 'tensorflow';
if (!kernelChoices.some((choice) => choice === value))
  throw new InvalidInput(`HONYAKU_KERNELS is ${value}; it must be one of ${kernelChoices.join(', ')}`);

export const isNative = value === 'native';

/** Names the native kernels of this process; undefined where it computes with TensorFlow's. */
export const nativeKernels = isNative ? kernelsName() : undefined;
