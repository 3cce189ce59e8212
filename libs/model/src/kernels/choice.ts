/**
 * Which kernels this process computes with: TensorFlow's, on any device, or our own native ones, on CPUs, and in which
 * precision these multiply. As with TensorFlow's own settings, variables of the environment decide it for the life of a
 * process.
 */
import { InvalidInput, kernelChoices, precisions } from '@honyaku/contracts';
import { kernelsName } from '@honyaku/kernels';

export const isNative = chosen('HONYAKU_KERNELS', kernelChoices) === 'native';

/** Of what native kernels multiply. */
export const precision = chosen('HONYAKU_PRECISION', precisions);
if (precision !== 'float32' && !isNative)
  throw new InvalidInput(
    `HONYAKU_PRECISION is ${precision}, which TensorFlow's kernels do not compute in here`,
  );

/** Names the native kernels of this process; undefined where it computes with TensorFlow's. */
export const nativeKernels = isNative ? kernelsName(precision) : undefined;

/** The first choice where the variable is not set. */
function chosen<Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): Choice {
  const value = process.env[name] ?? choices[0];
  const found = choices.find((choice) => choice === value);
  if (found === undefined)
    throw new InvalidInput(`${name} is ${value}; it must be one of ${choices.join(', ')}`);
  return found;
}
