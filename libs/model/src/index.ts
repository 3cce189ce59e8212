export { greedy, sample } from './decoding.ts';
export { beyondTolerance, compareWithGolden, type GoldenDifferences, goldenTolerances } from './golden.ts';
export type { BatchLoss } from './loss.ts';
export { networkShape, type NetworkShape, notebookParts } from './network-shape.ts';
export { type NamedTensor, readSafetensors, type TensorFile, writeSafetensors } from './safetensors.ts';
export { Seq2Seq } from './seq2seq.ts';
export { tensorflowVersion } from './tensorflow.ts';
export { Trainer, type TrainerSettings } from './trainer.ts';
