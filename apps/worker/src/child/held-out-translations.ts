/** Greedy translations of held-out sentences, and their scores. */
import { type SampleTranslation, specialTokens, type TranslationMetrics } from '@honyaku/contracts';
import type { Split, Tokenizer } from '@honyaku/data';
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
import { textOf } from './held-out-texts.ts';

const sentencesPerChunk = 200;
/** The notebook's limit on translations, so that scores of all versions are comparable. */
const maxTokens = 100;

export interface HeldOutTranslations {
  readonly metrics: TranslationMetrics;
  readonly translations: readonly SampleTranslation[];
}

/** @param pairs the indices of those that are translated */
export async function translateHeldOut(
  network: Seq2Seq,
  split: Split,
  pairs: readonly number[],
  target: { readonly tokenizer: Tokenizer; readonly language: string },
  yieldToEventLoop: () => Promise<void>,
): Promise<HeldOutTranslations> {
  const texts = pairs.map((index) => textOf(split, index));
  const count = texts.length;
  const sources = pairs.map((index) => [...split.pair(index).source]);
  const outputIds: number[][] = [];
  for (let start = 0; start < count; start += sentencesPerChunk) {
    await yieldToEventLoop();
    outputIds.push(...greedy(network, sources.slice(start, start + sentencesPerChunk), { maxTokens }));
  }
  const referenceIds = pairs.map((index) => [...split.pair(index).target.slice(1, -1)]);
  const outputs = outputIds.map((ids) => target.tokenizer.decode(ids));
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
