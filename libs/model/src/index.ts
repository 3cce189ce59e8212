export { beamSearch, type BeamOptions } from './beam-search.ts';
export { type BeamTranslation } from './beam.ts';
export {
  type AttendedTranslation,
  type AttentionShares,
  attentionOf,
  translateWithAttention,
} from './decoding-attention.ts';
export { type TranslationPair } from './decoding-input.ts';
export { type PairScore, scorePairs } from './decoding-scores.ts';
export { type DecodingOptions, greedy, sample, type SamplingOptions } from './decoding.ts';
export { beyondTolerance, compareWithGolden, type GoldenDifferences, goldenTolerances } from './golden.ts';
export type { BatchLoss } from './loss.ts';
export { networkShape, type NetworkShape, notebookParts } from './network-shape.ts';
export { type NamedTensor, readSafetensors, type TensorFile, writeSafetensors } from './safetensors.ts';
export { Seq2Seq } from './seq2seq.ts';
export { checkDevice, isOnGpu } from './device.ts';
export { tensorBytes, tensorflowVersion } from './tensorflow.ts';
export { notebookTraining, Trainer, type TrainerSettings } from './trainer.ts';
