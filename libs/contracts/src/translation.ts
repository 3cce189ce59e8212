/** Requests to translate, and their answers. */
import { z } from 'zod';
import { defaultLengthPenalty, maxTranslationTokens } from './decoding.ts';
import { TrialId } from './identifiers.ts';

/** Length of a sentence that is translated, in UTF-16 code units. */
export const maxSentenceLength = 5_000;

const request = z.strictObject({
  /** One of more than 5,000 characters is not translated, and the answer says so; one without text stays empty. */
  sentences: z.array(z.string()).min(1).max(256),
  /**
   * Tokens, including the end token, after which each translation is cut; by default the limit of the sweep's
   * `decoding.maxTokens`, which may follow the length of the source.
   */
  maxTokens: z.int().min(1).max(maxTranslationTokens).optional(),
  /** Hypotheses that beam search keeps; 1 is greedy decoding, which always takes the most likely token. */
  beamSize: z.int().min(1).max(32).default(1),
  /** Exponent of beam search's length penalty; higher values favour longer translations. */
  lengthPenalty: z.number().min(0).max(10).default(defaultLengthPenalty),
  /**
   * In place of the length penalty: beam search ranks by the log probability divided by the number of tokens to this
   * exponent, as Marian's `--normalize`, and the `length_penalty` of CTranslate2 and transformers.
   */
  normalize: z.number().min(0).max(10).optional(),
  /**
   * Ends beam search once so many times `beamSize` translations have ended, as CTranslate2 does; by default it ends when
   * no open hypothesis can become the best.
   */
  patience: z.number().gt(0).max(10).optional(),
  /** Draws tokens by their probability, as the notebook does with `decisive` off. */
  sample: z.boolean().default(false),
  seed: z.int().min(0).default(1),
  /** Sampling temperature; below 1, likely tokens become more likely. */
  temperature: z.number().min(0).max(10).default(1),
  /** Number of most likely tokens to draw from; 0 means all. */
  topK: z.int().min(0).max(65_535).default(0),
  /** Draw only from the most likely tokens whose probabilities sum to this. */
  topP: z.number().gt(0).max(1).default(1),
});

/** Options that have no effect without another one. */
export const dependentOptions = [
  {
    names: ['seed', 'temperature', 'topK', 'topP'],
    isUsed: ({ sample }: { readonly sample: boolean }) => sample,
    needed: { name: 'sample', value: '' },
  },
  {
    names: ['lengthPenalty', 'normalize', 'patience'],
    isUsed: ({ beamSize }: { readonly beamSize: number }) => beamSize > 1,
    needed: { name: 'beamSize', value: ' above 1' },
  },
] as const;

const unset = request.parse({ sentences: ['…'] });

/** An option without effect is refused unless it has its default, since clients send all defaults. */
export const TranslateRequest = request.check(({ value, issues }) => {
  const refuse = (name: keyof typeof unset, message: string) => {
    issues.push({ code: 'custom', input: value[name], path: [name], message });
  };
  if (value.sample && value.beamSize > 1) refuse('sample', 'cannot be combined with a beamSize above 1');
  if (value.normalize !== undefined && value.lengthPenalty !== unset.lengthPenalty)
    refuse('normalize', 'cannot be combined with lengthPenalty');
  for (const { names, isUsed, needed } of dependentOptions)
    for (const name of names)
      if (value[name] !== unset[name] && !isUsed(value))
        refuse(name, `has no effect without ${needed.name}${needed.value}`);
});
export type TranslateRequest = z.output<typeof TranslateRequest>;
export const TranslateResponse = z.strictObject({
  trialId: TrialId,
  epoch: z.int(),
  translations: z.array(
    z.strictObject({
      source: z.string(),
      output: z.string(),
      /** The translation was cut at its limit. */
      truncated: z.literal(true).optional(),
      /** The sentence has more than 5,000 characters and was not translated: `output` is empty. */
      tooLong: z.literal(true).optional(),
    }),
  ),
});
export type TranslateResponse = z.output<typeof TranslateResponse>;
