/** What the API asks its translating child process. */
import { BundleConfig, TranslateRequest } from '@honyaku/contracts';
import { z } from 'zod';

/** A bundle's files on the local disk, and the sizes that its weights have. */
export const LocalBundle = z.strictObject({
  model: z.string(),
  source: z.string(),
  target: z.string(),
  network: BundleConfig.shape.network,
  hyperparameters: BundleConfig.shape.hyperparameters,
  vocabularySize: z.strictObject({ source: z.int(), target: z.int() }),
});
export type LocalBundle = z.output<typeof LocalBundle>;

export const Translate = z.strictObject({
  bundle: LocalBundle,
  request: TranslateRequest,
  /** Holds where the request names none. */
  maxTokens: z.int().min(1),
});
export type Translate = z.output<typeof Translate>;

/** One translation a sentence, in their order. */
export const Translated = z.strictObject({
  outputs: z.array(z.strictObject({ output: z.string(), truncated: z.boolean() })),
});
export type Translated = z.output<typeof Translated>;

/** One kind of request: translate with a bundle, which is loaded if another one was. */
export const translatorProtocol = {
  translate: { payload: Translate, progress: z.never(), result: Translated },
} as const;
