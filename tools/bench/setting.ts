/** Settings of the benchmark; `--only` and `--full` choose among them. */
import { type TrainBatchOptions } from '@honyaku/data';

const order = { seed: 1, epoch: 1 } as const;

/** The batches of one epoch over the 16,000 training pairs, by their way of batching. */
export const batchings = {
  /** The reference's: shuffled pairs, cut by 32. */
  plain: { batching: 'plain', batchSize: 32, batchTokens: 0, accumulation: 1, ...order },
  /** Those of presets/notebook-by-length.yaml, which comes to the reference's perplexity after as many epochs. */
  length: { batching: 'length', batchSize: 128, batchTokens: 0, accumulation: 1, ...order },
} as const satisfies Record<string, TrainBatchOptions>;

export type Batching = keyof typeof batchings;

export const setting = {
  /** Threads of each competitor that computes tensors. */
  threads: 2,
  seed: 1,
  hiddenSize: 512,
  embeddingSize: 512,
  dropout: 0.2,
  learningRate: 1e-4,
  trainStep: { warmUpSteps: 3, rounds: 4, stepsInRound: 6 },
  /** Each of the sampled steps is taken in every round; competitors change after `stepsInTurn`. */
  trainEpoch: { sample: 20, rounds: 3, stepsInTurn: 5, stepsInTurnOfFull: 25 },
  decode: {
    sentences: 200,
    warmUpSentences: 20,
    rounds: 3,
    /** Enough for translations that end; without them every sentence would run to the limit. */
    trainSteps: 100,
    trainLearningRate: 1e-3,
    /** Tokens of a translation with its eos: the reference's `max_len=100` stops after one more. */
    maxTokens: 101,
  },
  tokenise: { rounds: 9 },
} as const;
