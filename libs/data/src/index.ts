/** Corpora, tokenizers, token shards and batches. */
export { checkCorpus, type CorpusCheck, type Refusal } from './cleaning/check-corpus.ts';
export { type CorpusFiles } from './corpus/corpus-format.ts';
export { guessForm } from './corpus/guess-form.ts';
export { type HeldOutPair, readIwslt2017HeldOut } from './corpus/iwslt2017-held-out.ts';
export { type PairsFile, validateCorpusFile } from './corpus/pairs-file.ts';
export { type SentencePair, isInvisible } from './corpus/sentence-pairs.ts';
export { type TextLine, type TextSource, readLines } from './corpus/text-lines.ts';
export { type WrittenCorpus, writeCorpus } from './corpus/write-corpus.ts';
export {
  type TrainBatches,
  type TrainBatchOptions,
  evaluationBatches,
  trainBatches,
  type SubwordOptions,
  sampledSubwords,
} from './dataset/batches.ts';
export { BlockEncoders, type EncodingTask } from './dataset/block-encoders.ts';
export {
  type BuildProgress,
  type BuiltDataset,
  type DatasetBuild,
  buildDataset,
} from './dataset/build-dataset.ts';
export { CorpusIndex } from './dataset/corpus-index.ts';
export { pairsIn, type SkipReason } from './dataset/encoded-block.ts';
export { type LookUp, lookUp } from './dataset/look-up.ts';
export { generatorFor } from './dataset/random.ts';
export { type Split, type TokenPair, openSplit } from './dataset/open-split.ts';
export { type EncodedPair } from './dataset/shard-writer.ts';
export { type TokenizerFiles } from './tokenizer/joint-vocabulary.ts';
export { type ReadyTokenizers, checkTokenizers } from './tokenizer/ready-tokenizers.ts';
export { type Tokenizer, openTokenizer, openTokenizers } from './tokenizer/tokenizer.ts';
