/** The time that this process spends inside TensorFlow's kernels and our own. */
import { backend } from '@honyaku/kernels/tensorflow';

/** Times every kernel from now on. @returns a function that gives the milliseconds so far */
export function timeKernels(): () => number {
  const { binding } = backend;
  let milliseconds = 0;
  const executeOp: typeof binding.executeOp = (...call) => {
    const started = performance.now();
    const outputs = binding.executeOp(...call);
    milliseconds += performance.now() - started;
    return outputs;
  };
  // The binding's own properties cannot be replaced.
  backend.binding = Object.create(binding, { executeOp: { value: executeOp } });
  return () => milliseconds;
}
