/** Where this process spends its time: inside TensorFlow's kernels and our own, by what bounds them, or outside of them. */
import { backend } from '@honyaku/kernels/tensorflow';

/** Kernels whose time is arithmetic: products, whole recurrent layers and attention. The others mostly move memory. */
const ofArithmetic = new Set([
  ...['HonyakuMatMul', 'HonyakuMatMulSum', 'HonyakuLstm', 'HonyakuLstmGrad', 'HonyakuGru', 'HonyakuGruGrad'],
  ...[
    'HonyakuAttention',
    'HonyakuAttentionGrad',
    'HonyakuMultiHead',
    'HonyakuMultiHeadGrad',
    'MatMul',
    'BatchMatMulV2',
    'BlockLSTM',
  ],
]);

export interface KernelTime {
  readonly calls: number;
  /** Milliseconds. */
  readonly arithmetic: number;
  readonly memory: number;
}

/** Times every kernel from now on. @returns a function that gives the time so far */
export function timeKernels(): () => KernelTime {
  const { binding } = backend;
  let [calls, arithmetic, memory] = [0, 0, 0];
  const executeOp: typeof binding.executeOp = (name, ...rest) => {
    const started = performance.now();
    const outputs = binding.executeOp(name, ...rest);
    const milliseconds = performance.now() - started;
    calls += 1;
    if (ofArithmetic.has(name)) arithmetic += milliseconds;
    else memory += milliseconds;
    return outputs;
  };
  // The binding's own properties cannot be replaced.
  backend.binding = Object.create(binding, { executeOp: { value: executeOp } });
  return () => ({ calls, arithmetic, memory });
}
