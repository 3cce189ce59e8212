/** How sentences are translated: where a translation is cut, and how many hypotheses the last score keeps. */
import { z } from 'zod';

/** In tokens: the largest `dataset.maxTokens` and the end token. */
export const maxTranslationTokens = 4_097;

/**
 * Tokens, with the end token, after which a translation is cut: a number; or so many for each token of the source and so
 * many more, up to the longest target that the model may have been trained on.
 */
export const TokenLimit = z.union([
  z.int().min(1).max(maxTranslationTokens),
  z.strictObject({
    perSourceToken: z.number().min(0).max(100).default(2),
    plus: z.int().min(1).max(maxTranslationTokens).default(50),
  }),
]);
export type TokenLimit = z.output<typeof TokenLimit>;

/** Longer than any good translation of most texts, and an end to those that repeat themselves. */
export const defaultTokenLimit: TokenLimit = { perSourceToken: 2, plus: 50 };

/** The exponent of Wu et al. 2016. */
export const defaultLengthPenalty = 0.6;

/** Settings of a sweep; see `storedDecoding` for the meaning of their absence. */
export const DecodingSettings = z.strictObject({
  /** Of evaluations, of the last score, and of later translations unless a request has its own. */
  maxTokens: TokenLimit.default(defaultTokenLimit),
  /**
   * Hypotheses that beam search keeps when the best epoch is scored on the whole test set, once all trials have ended; 1
   * is greedy decoding, as evaluations decode while trials train.
   */
  beamSize: z.int().min(1).max(32).default(4),
  /** Exponent of beam search's length penalty; higher values favour longer translations. */
  lengthPenalty: z.number().min(0).max(10).default(defaultLengthPenalty),
});
export type DecodingSettings = z.output<typeof DecodingSettings>;

/** How every sweep of earlier versions decodes: greedily, as the notebook up to 100 tokens. */
export const earlierDecoding: DecodingSettings = {
  maxTokens: 100,
  beamSize: 1,
  lengthPenalty: defaultLengthPenalty,
};

/** What is stored for the settings that a person submits; those of earlier versions are stored as their absence. */
export function storedDecoding(settings: DecodingSettings | undefined): DecodingSettings | undefined {
  const decoding = settings ?? DecodingSettings.parse({});
  const { maxTokens, beamSize } = decoding;
  return maxTokens === earlierDecoding.maxTokens && beamSize === 1 ? undefined : decoding;
}

/** The settings of a stored sweep as they are submitted again: their absence is named. */
export function submittedDecoding(stored: DecodingSettings | undefined): DecodingSettings {
  return stored ?? earlierDecoding;
}

/**
 * The limit of one translation.
 * @param sourceTokens without the end token
 * @param longest tokens, with the end token, of a target that the model may have been trained on
 */
export function tokenLimitOf(limit: TokenLimit, sourceTokens: number, longest: number): number {
  if (typeof limit === 'number') return limit;
  return Math.min(longest, Math.floor(limit.perSourceToken * sourceTokens) + limit.plus);
}
