export {
  type NamedTensor,
  readSafetensors,
  type TensorFile,
  writeSafetensors,
} from './checkpoint/safetensors.ts';
export { beamSearch, type BeamOptions } from './decoding/beam-search.ts';
export { type BeamTranslation } from './decoding/beam.ts';
export { type DecodingOptions, greedy, sample, type SamplingOptions } from './decoding/decode.ts';
export {
  type AttendedTranslation,
  type AttentionShares,
  attentionOf,
  type PairScore,
  scorePairs,
  translateWithAttention,
} from './decoding/forced.ts';
export { type TokenLimits, type TranslationPair } from './decoding/input.ts';
export {
  beyondTolerance,
  compareWithGolden,
  type GoldenDifferences,
  goldenKinds,
  goldenTolerances,
} from './golden/golden.ts';
export { checkDevice, isOnGpu, tensorBytes, tensorflowVersion } from '@honyaku/kernels/tensorflow';
export { nativeKernels, precision } from './kernels/choice.ts';
export { fasterPrecision, precisionGain, productSpeed } from './kernels/product-speed.ts';
export { type Network } from './networks/network.ts';
export { networkOf } from './seq2seq/kinds.ts';
export { type BatchLoss } from './seq2seq/loss.ts';
export { Seq2Seq } from './seq2seq/seq2seq.ts';
export { isFrozenBy } from './training/frozen.ts';
export { Trainer } from './training/trainer.ts';
export { notebookTraining, type TrainerSettings } from './training/trainer-settings.ts';
