/** The child process that translates: its protocol, which `child.ts` serves, and its start. */
import { BundleConfig, TokenLimit, TranslateRequest } from '@honyaku/contracts';
import { TensorProcess } from '@honyaku/tensor-process';
import { z } from 'zod';

/** A bundle's files on the local disk, and the settings that determine the shapes of its weights. */
export const LocalBundle = z.strictObject({
  model: z.string(),
  tokenizers: z.strictObject({
    source: z.string(),
    target: z.string(),
    vocabulary: z.string().optional(),
  }),
  hyperparameters: BundleConfig.shape.hyperparameters,
  vocabularySize: z.strictObject({ source: z.int(), target: z.int() }),
});
export type LocalBundle = z.output<typeof LocalBundle>;

/** Where translations are cut when the request does not say. */
export const TranslationLimits = z.strictObject({
  maxTokens: TokenLimit,
  /** Tokens, with the end token, of a target that the model may have been trained on. */
  longestTarget: z.int().min(1),
});
export type TranslationLimits = z.output<typeof TranslationLimits>;

export const Translate = z.strictObject({
  bundle: LocalBundle,
  request: TranslateRequest,
  limits: TranslationLimits,
});
export type Translate = z.output<typeof Translate>;

/** One translation for each sentence, in the same order. */
export const Translated = z.strictObject({
  outputs: z.array(z.strictObject({ output: z.string(), truncated: z.boolean() })),
});
export type Translated = z.output<typeof Translated>;

/** The child serves one call: translate with a bundle, which it loads unless it is the last one used. */
export const translatorProtocol = {
  translate: { payload: Translate, progress: z.never(), result: Translated },
} as const;

/** A child process that handles one request after the other. */
export interface TranslatingChild {
  /**
   * Aborting cancels the request; one that has started stops before its next batch of sentences. The bundle stays
   * loaded.
   * @throws ChildLost; Cancelled
   */
  translate(request: Translate, signal?: AbortSignal): Promise<Translated>;
  stop(): Promise<void>;
}

/**
 * Native kernels, as workers evaluate with on a CPU. What changes floating-point results of TensorFlow's that remain is
 * fixed here rather than left to the machine.
 */
const environment = {
  HONYAKU_KERNELS: 'native',
  HONYAKU_THREADS: '2',
  TF_CPP_MIN_LOG_LEVEL: '2',
  TF_NUM_INTRAOP_THREADS: '1',
  TF_NUM_INTEROP_THREADS: '1',
  TF_ENABLE_ONEDNN_OPTS: '1',
  // GPUs are for the workers: a TensorFlow process takes all memory of a GPU unless limited.
  CUDA_VISIBLE_DEVICES: '-1',
};

/** A handle on the child; its process starts with the first request. */
export function startTranslatingChild(): TranslatingChild {
  const child = new TensorProcess(translatorProtocol, new URL('./child.ts', import.meta.url));
  return {
    translate: (translate, signal) =>
      child.request('translate', translate, { environment, ...(signal ? { signal } : {}) }),
    stop: () => child.stop(),
  };
}
