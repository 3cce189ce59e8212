/**
 * Signs that a model's translations are degenerate. A small translation model can reach a good perplexity and
 * yet, when it writes on its own, repeat one word or give one sentence for every source; perplexity, which
 * sees only the reference's tokens, can't tell.
 */
import { InvalidInput } from '@honyaku/contracts';
import { checkParallel } from './corpus-statistics.ts';

/** A sentence as token ids, without its start, end and padding, which would count as words. */
export type TokenIds = readonly number[];

export interface TranslationHealthOptions {
  /** The id of `<unk>`. */
  readonly unknownId: number;
}

/** `repeated`: a word follows itself; `dominant`: one word fills the corpus; `identical`: one same output. */
export type CollapseSign = 'repeated' | 'dominant' | 'identical';

/** All shares are 0 to 1, and 0 when there are no tokens. */
export interface TranslationHealth {
  /** Of the hypotheses' tokens, those that are `<unk>`. */
  readonly unknownShare: number;
  /** Of the hypotheses' tokens, those equal to their predecessor in the sentence. */
  readonly repeatedShare: number;
  /** Of the hypotheses' tokens, those that are the most frequent token of all hypotheses together. */
  readonly dominantTokenShare: number;
  /** Of the hypotheses, those equal to the most frequent hypothesis; 1 ÷ hypotheses when all differ. */
  readonly identicalShare: number;
  /** Tokens of the hypotheses ÷ tokens of the references; NaN when both are 0, infinite when the latter are. */
  readonly lengthRatio: number;
  /** True when there is any sign of collapse. */
  readonly collapsed: boolean;
  readonly signs: readonly CollapseSign[];
}

/**
 * When a share is a sign of collapse. Samples of 50 sentences or more of real English words or Japanese
 * characters (Tatoeba) stay below 0.012 repeated, 0.12 dominant and 0.02 identical; a collapsed model comes near
 * 1, or 1/n when it loops over n words. The limits lie between, nearer to the healthy side for loops' sake.
 */
export const healthThresholds = {
  /** Share of repeated tokens. */
  repeated: 0.2,
  /** Share of the most frequent token; finds loops of up to three words. */
  dominant: 0.3,
  /** Share of the most frequent hypothesis. */
  identical: 0.5,
  /** A share must also be this many times that of the references, whose sentences may be alike themselves. */
  timesReferences: 2,
  /** Fewer tokens in all hypotheses can't show `repeated` or `dominant`. */
  fewestTokens: 16,
  /** Fewer hypotheses can't show `identical`. */
  fewestSentences: 4,
} as const;

/**
 * Measures the hypotheses of a corpus against one reference each, paired by index.
 * @throws InvalidInput when the lists are empty or differ in length, or the unknown id is not a whole number.
 */
export function translationHealth(
  hypotheses: readonly TokenIds[],
  references: readonly TokenIds[],
  { unknownId }: TranslationHealthOptions,
): TranslationHealth {
  checkParallel(hypotheses, references);
  if (!Number.isSafeInteger(unknownId)) {
    throw new InvalidInput(`the unknown id must be a whole number, not ${unknownId}`);
  }
  const ours = profileOf(hypotheses);
  const theirs = profileOf(references);
  const signs = signsOfCollapse(ours, theirs, hypotheses.length);
  return {
    unknownShare: shareOf(ours.counts.get(unknownId) ?? 0, ours.tokens),
    repeatedShare: ours.repeated,
    dominantTokenShare: ours.dominant,
    identicalShare: ours.identical,
    lengthRatio: ours.tokens / theirs.tokens,
    collapsed: signs.length > 0,
    signs,
  };
}

interface Profile {
  readonly tokens: number;
  readonly counts: ReadonlyMap<number, number>;
  readonly repeated: number;
  readonly dominant: number;
  readonly identical: number;
}

function profileOf(sentences: readonly TokenIds[]): Profile {
  const all = sentences.flat();
  const counts = countEach(all);
  const repetitions = sentences.reduce(
    (sum, sentence) =>
      sum + sentence.filter((token, index) => index > 0 && token === sentence[index - 1]).length,
    0,
  );
  return {
    tokens: all.length,
    counts,
    repeated: shareOf(repetitions, all.length),
    dominant: shareOf(largestOf(counts), all.length),
    identical: shareOf(
      largestOf(countEach(sentences.map((sentence) => sentence.join(' ')))),
      sentences.length,
    ),
  };
}

function signsOfCollapse(ours: Profile, theirs: Profile, sentences: number): CollapseSign[] {
  const limits = healthThresholds;
  return (['repeated', 'dominant', 'identical'] as const).filter((sign) => {
    const enough =
      sign === 'identical' ? sentences >= limits.fewestSentences : ours.tokens >= limits.fewestTokens;
    return enough && ours[sign] >= limits[sign] && ours[sign] >= limits.timesReferences * theirs[sign];
  });
}

function countEach<Value>(values: readonly Value[]): Map<Value, number> {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function largestOf<Value>(counts: ReadonlyMap<Value, number>): number {
  let largest = 0;
  for (const count of counts.values()) largest = Math.max(largest, count);
  return largest;
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
