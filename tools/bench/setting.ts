/** Settings of the benchmark; `--only` and `--full` choose among them. */
export const setting = {
  /** Threads of each competitor that computes tensors. */
  threads: 2,
  seed: 1,
  learningRate: 1e-4,
  trainStep: { warmUpSteps: 3, rounds: 4, stepsInRound: 6 },
  /** Each of the sampled steps is taken in every round; competitors change after `stepsInTurn`. */
  epoch: { sample: 20, rounds: 3, stepsInTurn: 5, stepsInTurnOfFull: 25 },
  decode: {
    sentences: 200,
    /** Sentences that the reference translates at a time. */
    referenceBatch: 64,
    warmUpSentences: 20,
    rounds: 3,
    /** Enough for translations that end; without them every sentence would run to the limit. */
    trainSteps: 100,
    trainLearningRate: 1e-3,
    /** Tokens of a translation with its eos: the reference's `max_len=100` stops after one more. */
    maxTokens: 101,
    /** A Transformer learns its translations' ends later. */
    transformerTrainSteps: 200,
    transformerMaxTokens: 40,
  },
  tokenise: { pairs: 40_000, rounds: 9 },
} as const;
