/** TensorFlow by tfjs-node, loaded once: raw kernels run through `runKernel`. */
import { createRequire } from 'node:module';
import util from 'node:util';
import { Bug, Unavailable } from '@honyaku/contracts';
import type * as TensorFlow from '@tensorflow/tfjs-node-gpu';
import { type NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js';

export type { Tensor } from '@tensorflow/tfjs-node-gpu';

const require = createRequire(import.meta.url);

// tfjs-node 4.22 calls it, Node 23 took it away.
if (!('isNullOrUndefined' in util)) {
  Object.assign(require('node:util'), {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
  });
}

function load(): { tf: typeof TensorFlow; backend: NodeJSKernelBackend } {
  try {
    const tf: typeof TensorFlow = require('@tensorflow/tfjs-node-gpu');
    const kernels: {
      NodeJSKernelBackend: typeof NodeJSKernelBackend;
    } = require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js');
    const backend = tf.backend();
    if (!(backend instanceof kernels.NodeJSKernelBackend))
      throw new Bug('tfjs runs without its native backend');
    return { tf, backend };
  } catch (cause) {
    throw new Unavailable('TensorFlow is not set up: run npm run setup', { cause });
  }
}

export const { tf, backend } = load();

/** Version of the native library, such as 2.21.0. */
export const tensorflowVersion: string = backend.binding.TF_Version;

/** Memory of the tensors that are alive, in bytes; of variables in TensorFlow only what is read of them. */
export function tensorBytes(): number {
  return tf.memory().numBytes;
}

const { binding } = backend;
const attribute = (type: number) => (name: string, value: boolean | number | string | number[]) => ({
  name,
  type,
  value,
});

/** Attributes of raw kernels, by kind. */
export const attributes = {
  type: attribute(binding.TF_ATTR_TYPE),
  int: attribute(binding.TF_ATTR_INT),
  float: attribute(binding.TF_ATTR_FLOAT),
  bool: attribute(binding.TF_ATTR_BOOL),
  shape: attribute(binding.TF_ATTR_SHAPE),
  string: attribute(binding.TF_ATTR_STRING),
} as const;

export const dataTypes = {
  float: binding.TF_FLOAT,
  int32: binding.TF_INT32,
  int64: binding.TF_INT64,
} as const;

/** The element type of almost every kernel here. */
export const float = attributes.type('T', dataTypes.float);

type Attribute = ReturnType<(typeof attributes)[keyof typeof attributes]>;

/** Runs one registered TensorFlow kernel with one output. */
export function runKernel(
  name: string,
  kernelAttributes: readonly Attribute[],
  inputs: readonly TensorFlow.Tensor[],
): TensorFlow.Tensor {
  return backend.executeSingleOutput(name, [...kernelAttributes], [...inputs]);
}

/** The same for a kernel with `count` outputs. */
export function runKernelForAll<Count extends number>(
  name: string,
  kernelAttributes: readonly Attribute[],
  inputs: readonly TensorFlow.Tensor[],
  count: Count,
): Outputs<Count> {
  const outputs = backend.executeMultipleOutputs(name, [...kernelAttributes], [...inputs], count);
  if (!areAll(outputs, count)) throw new Bug(`${name} gave ${outputs.length} outputs, not ${count}`);
  return outputs;
}

/** As many tensors as a number that is known says. */
type Outputs<Count extends number, Some extends TensorFlow.Tensor[] = []> = number extends Count
  ? TensorFlow.Tensor[]
  : Some['length'] extends Count
    ? Some
    : Outputs<Count, [...Some, TensorFlow.Tensor]>;

function areAll<Count extends number>(outputs: TensorFlow.Tensor[], count: Count): outputs is Outputs<Count> {
  return outputs.length === count;
}

/** Whether kernels run on a GPU; TensorFlow chooses its device once, when it is loaded. */
export const isOnGpu: boolean = backend.isUsingGpuDevice;

/** Computes one product, since a device that is found may still be unable to compute. @throws TensorFlow's error; Bug */
export function checkDevice(): void {
  const [sum] = tf.tidy(() => tf.matMul(tf.ones([1, 64]), tf.ones([64, 1])).dataSync());
  if (sum !== 64) throw new Bug(`the device adds 64 ones to ${sum}`);
}
