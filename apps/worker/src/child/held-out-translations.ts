/** Translations of held-out sentences, and their scores. */
import {
  earlierDecoding,
  type SampleTranslation,
  specialTokens,
  type TokenLimit,
  tokenLimitOf,
  type TranslationMetrics,
} from '@honyaku/contracts';
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
import { beamSearch, greedy, type Seq2Seq } from '@honyaku/model';
import { textOf } from './held-out-texts.ts';

/** Rows that are decoded before other work of the process gets its turn. */
const rowsPerChunk = 200;

export interface HeldOutDecoding {
  /** As in sweeps of earlier versions by default, so that their scores stay comparable. */
  readonly maxTokens?: TokenLimit | undefined;
  /** Tokens, with the end token, of a target that the network may have been trained on. */
  readonly longestTarget: number;
  /** Greedy decoding by default. */
  readonly beam?: TranslationMetrics['beam'];
}

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
  decoding: HeldOutDecoding,
  yieldToEventLoop: () => Promise<void>,
): Promise<HeldOutTranslations> {
  const texts = pairs.map((index) => textOf(split, index));
  const count = texts.length;
  const sources = pairs.map((index) => [...split.pair(index).source]);
  const translated: Translated[] = [];
  const perChunk = Math.ceil(rowsPerChunk / (decoding.beam?.size ?? 1));
  for (let start = 0; start < count; start += perChunk) {
    await yieldToEventLoop();
    translated.push(...translate(network, sources.slice(start, start + perChunk), decoding));
  }
  const outputIds = translated.map(({ ids }) => ids);
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
      truncated: translated.filter(({ isCut }) => isCut).length,
      ...(decoding.beam ? { beam: decoding.beam } : {}),
      collapse: [...signs],
    },
    translations: texts.map(({ source, target: reference }, index) => ({
      source,
      output: outputs[index] ?? '',
      reference,
    })),
  };
}

interface Translated {
  readonly ids: number[];
  /** Whether it stopped at its limit, without an end token. */
  readonly isCut: boolean;
}

/** @param sources with their end tokens */
function translate(
  network: Seq2Seq,
  sources: readonly number[][],
  { maxTokens: limit = earlierDecoding.maxTokens, longestTarget, beam }: HeldOutDecoding,
): Translated[] {
  const maxTokens = sources.map(({ length }) => tokenLimitOf(limit, length - 1, longestTarget));
  if (!beam)
    return greedy(network, sources, { maxTokens }).map((ids, row) => ({
      ids,
      isCut: ids.length >= (maxTokens[row] ?? Infinity),
    }));
  const { size: beamSize, lengthPenalty } = beam;
  return beamSearch(network, sources, { maxTokens, beamSize, lengthPenalty }).map(([best]) => ({
    ids: best?.ids ?? [],
    isCut: best?.ended === false,
  }));
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
