/** Which pairs of a corpus are left out of a dataset, and what is taken out of their texts. */
import { z } from 'zod';

/** Why a pair is left out, in the order in which they are asked; a pair is counted under the first that holds. */
export const cleaningReasons = [
  'oneSided',
  'tooLong',
  'encoding',
  'markup',
  'noWords',
  'identical',
  'ratio',
  'script',
  'language',
  'duplicate',
] as const;
export type CleaningReason = (typeof cleaningReasons)[number];

/** The settings of `dataset.cleaning`, each with a default under which corpora of real sentences lose little. */
export const CleaningSettings = z.strictObject({
  /** Without a side, or with one of which nothing can be seen. */
  oneSided: z.boolean().default(true),
  /** A side with more characters. */
  maxCharacters: z.int().min(1).default(2_000),
  /** With U+FFFD, or what UTF-8 becomes when it is read as Latin-1 or Windows-1252 (`Ã¼`, `â€™`). */
  encoding: z.boolean().default(true),
  /** A side of which more than this share of the visible characters are tags, entities and addresses; 1 allows all. */
  maxMarkup: z.number().min(0).max(1).default(0.5),
  /** A side of which less than this share of the visible characters are letters; 0 allows all. */
  minLetters: z.number().min(0).max(1).default(0.3),
  /** The same text on both sides, without regard to case. */
  identical: z.boolean().default(true),
  /**
   * One side is so many times as long as the other, in bytes of UTF-8, which make up for the few characters of Chinese and
   * Japanese; both are taken to be 20 bytes longer than they are, so that short sentences are not judged by a word.
   */
  maxRatio: z.number().min(1).default(5),
  /** A side of which less than this share of the letters are of a script of its language; 0 allows all. */
  minScript: z.number().min(0).max(1).default(0.3),
  /** A side that is clearly in another language than its own. */
  language: z.boolean().default(true),
  /** A pair that stands in the corpus before, letter by letter. */
  duplicate: z.boolean().default(true),
  /** Whether control and zero-width characters are taken out of texts, whose pairs stay. */
  control: z.boolean().default(true),
});
export type CleaningSettings = z.output<typeof CleaningSettings>;

const Example = z.strictObject({
  /** The file of its source, where the corpus is still in its files. */
  file: z.string().optional(),
  /** Of that file, or of the corpus; counted from 1. */
  line: z.int().min(1),
  /** Cut where they are long. */
  source: z.string(),
  target: z.string(),
});

const Finding = z.strictObject({
  pairs: z.int().min(1),
  /** The first three. */
  examples: z.array(Example).max(3),
});
export type CleaningFinding = z.output<typeof Finding>;

/** What cleaning came to; what nothing was found of is absent. */
export const CleaningReport = z.strictObject({
  /** Pairs that were looked at. */
  pairs: z.int().min(0),
  /** Pairs that were left out, by the first reason that held. */
  left: z.partialRecord(z.enum(cleaningReasons), Finding),
  /** Pairs that stayed without their control and zero-width characters. */
  control: Finding.optional(),
});
export type CleaningReport = z.output<typeof CleaningReport>;

/** How many pairs were left out, for any reason. */
export function pairsLeftOut({ left }: Pick<CleaningReport, 'left'>): number {
  return Object.values(left).reduce((sum, { pairs }) => sum + pairs, 0);
}
