/** Native kernels of our own: what a train step on a CPU spends its time in. */
export { activation, activationGradient, type ActivationName } from './activation.ts';
export { type AdamParameter, type AdamSettings, applyAdam, squaredNorm } from './adam.ts';
export { addNorm, addNormGradient, type AddNormGradients, type AddNormOutputs } from './add-norm.ts';
export {
  attention,
  attentionGradient,
  type AttentionGradients,
  type AttentionInputs,
  type AttentionOutputs,
} from './attention.ts';
export { crossEntropy, type CrossEntropyOptions } from './cross-entropy.ts';
export { dropout, type DropoutOptions } from './dropout.ts';
export {
  gruStep,
  lstmStep,
  pack,
  packedProduct,
  type PackOptions,
  type StepInputs,
  topTokens,
} from './decoding.ts';
export {
  gru,
  type GruBiases,
  gruGradient,
  type GruGradients,
  type GruInputs,
  type GruOutputGradients,
  type GruOutputs,
} from './gru.ts';
export {
  allInstructionSets,
  type InstructionSet,
  instructionSet,
  instructionSets,
  kernelsName,
  kernelVersion,
  multipliesBfloat16,
  type Precision,
  threads,
  useInstructionSet,
  useThreads,
} from './load.ts';
export {
  lstm,
  lstmGradient,
  type LstmGradients,
  type LstmInputs,
  type LstmOutputGradients,
  type LstmOutputs,
} from './lstm.ts';
export {
  multiHead,
  multiHeadGradient,
  type MultiHeadGradients,
  type MultiHeadInputs,
  type MultiHeadOptions,
  type MultiHeadOutputs,
  multiHeadStep,
  type MultiHeadStepInputs,
} from './multi-head.ts';
export { scatterAdd } from './scatter-add.ts';
export { columnSums, matMul, type MatMulOptions } from './products.ts';
