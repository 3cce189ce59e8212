/** Questions to measured processes and their answers, a line of JSON each; both sides have to come to the same ids. */
import { z } from 'zod';
import { Bug } from '@honyaku/contracts';
import { networkNames } from './networks.ts';

/** First argument of the process that trains. */
export const TrainArguments = z.object({
  network: z.enum(networkNames),
  batching: z.enum(['plain', 'length', 'small']),
  learningRate: z.number().positive(),
});

/**
 * Train on these batches of the epoch, answered with Milliseconds; save the weights, answered with Saved; or tell the
 * network's size, the speed of products or where a step's time goes, answered with Size, ProductSpeed and Profile.
 */
export const TrainRequest = z.union([
  z.object({ steps: z.array(z.int().min(0)) }),
  z.object({ save: z.string() }),
  z.object({ size: z.literal(true) }),
  z.object({ productSpeed: z.literal(true) }),
  z.object({ profile: z.literal(true) }),
]);
export const Size = z.object({ parameters: z.int() });
/** Of a product of matrices of 1,024 rows and columns. */
export const ProductSpeed = z.object({ gigaflops: z.number().positive() });
const share = z.number().min(0).max(1);
/** What bounds a step: calls of kernels, and shares of its time. */
export const Profile = z.object({
  calls: z.int(),
  /** In kernels that compute. */
  arithmetic: share,
  /** In kernels that mostly move memory. */
  memory: share,
  outside: share,
});
export type Profile = z.output<typeof Profile>;
export const Milliseconds = z.array(z.number().positive());
export const Saved = z.object({ saved: z.string() });

/** First argument of the process that translates. */
export const DecodeArguments = z.object({
  network: z.enum(networkNames),
  weights: z.string(),
  sources: z.string(),
  /** 1 is greedy. */
  beamSize: z.int().min(1),
  maxTokens: z.int().min(1),
});

/** First argument of the process that tokenises: paths of the models and of a pairs file, and how many threads. */
export const TokeniseArguments = z.object({
  source: z.string(),
  target: z.string(),
  corpus: z.string(),
  threads: z.int().min(1),
});

/** Take the first so many sentences, or pairs of them, answered with Sentences. */
export const SentencesRequest = z.object({ sentences: z.int().min(1) });
export const Sentences = z.object({
  milliseconds: z.number().positive(),
  /** Ids of each sentence, without bos and eos. */
  ids: z.array(z.array(z.int())),
});
export type Sentences = z.output<typeof Sentences>;

export const Sources = z.array(z.array(z.int()));

/** Token ids of each sentence. */
export type Ids = readonly (readonly number[])[];

/** Index of the first sentence whose ids differ, or that only one of them has. */
export function firstDifference(ours: Ids, reference: Ids): number | undefined {
  const length = Math.max(ours.length, reference.length);
  const index = Array.from({ length }, (_, at) => ours[at]?.join() !== reference[at]?.join()).indexOf(true);
  return index < 0 ? undefined : index;
}

/** @throws Bug with both sides' ids of the first sentence that differs; `nameOf` names it */
export function requireSameIds(ours: Ids, reference: Ids, nameOf: (index: number) => string): void {
  const index = firstDifference(ours, reference);
  if (index === undefined) return;
  const idsOf = (all: Ids) => `[${all[index]?.join(', ') ?? 'nothing'}]`;
  throw new Bug(`ids differ for ${nameOf(index)}: ours ${idsOf(ours)}, the reference’s ${idsOf(reference)}`);
}
