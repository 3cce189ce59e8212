/** Greedy translations of held-out sentences, and what they are worth. */
import { Corrupt, type SampleTranslation, specialTokens, type TranslationMetrics } from '@honyaku/contracts';
import type { SentencePair, Split, Tokenizer } from '@honyaku/data';
import {
  bleu,
  bleuMetric,
  bleuTokenizationFor,
  bootstrap,
  chrf2,
  corpusStatistics,
  translationHealth,
} from '@honyaku/metrics';
import { greedy, type Seq2Seq } from '@honyaku/model';

/** Enough for an interval of about one point of BLEU, at a small share of an epoch's time. */
const mostSentences = 2000;
const sentencesPerTurn = 200;
/** The notebook's: what has not ended by then is cut, so that scores of all versions compare. */
const maxTokens = 100;

export interface HeldOutTranslations {
  readonly metrics: TranslationMetrics;
  readonly translations: readonly SampleTranslation[];
}

/** Translates the first pairs of the split, up to 2,000. */
export async function translateHeldOut(
  network: Seq2Seq,
  split: Split,
  target: { readonly tokenizer: Tokenizer; readonly language: string },
  breathe: () => Promise<void>,
): Promise<HeldOutTranslations> {
  const count = Math.min(split.length, mostSentences);
  const sources = Array.from({ length: count }, (_, index) => [...split.pair(index).source]);
  const outputIds: number[][] = [];
  for (let start = 0; start < count; start += sentencesPerTurn) {
    await breathe();
    outputIds.push(...greedy(network, sources.slice(start, start + sentencesPerTurn), { maxTokens }));
  }
  const referenceIds = sources.map((_, index) => [...split.pair(index).target.slice(1, -1)]);
  const outputs = outputIds.map((ids) => target.tokenizer.decode(ids));
  const texts = sources.map((_, index) => textOf(split, index));
  const references = texts.map((text) => text.target);
  const { signs, ...health } = translationHealth(outputIds, referenceIds, { unknownId: specialTokens.unk });
  return {
    metrics: {
      sentences: count,
      bleu: bleuWithInterval(outputs, references, target.language),
      chrf: chrf2(outputs, references),
      unknownShare: health.unknownShare,
      repeatedShare: health.repeatedShare,
      lengthRatio: health.lengthRatio,
      truncated: outputIds.filter((ids) => ids.length >= maxTokens).length,
      collapse: [...signs],
    },
    translations: texts.map(({ source, target: reference }, index) => ({
      source,
      output: outputs[index] ?? '',
      reference,
    })),
  };
}

/** @throws Corrupt when the split has no texts */
export function textOf(split: Split, index: number): SentencePair {
  const text = split.text(index);
  if (!text) throw new Corrupt('the test shards hold no sentences');
  return text;
}

function bleuWithInterval(
  outputs: readonly string[],
  references: readonly string[],
  language: string,
): TranslationMetrics['bleu'] {
  const options = { tokenization: bleuTokenizationFor(language, references) };
  const { score, signature, brevityPenalty, hypothesisLength, referenceLength } = bleu(
    outputs,
    references,
    options,
  );
  const statistics = corpusStatistics(bleuMetric(options), outputs, references);
  const { lower: low, upper: high } = bootstrap(statistics, { seed: 1 });
  return { score, low, high, signature, brevityPenalty, hypothesisLength, referenceLength };
}
