/** A best bundle in memory: its network and both tokenizers. */
import { specialTokens, tokenLimitOf } from '@honyaku/contracts';
import { type Tokenizer, openTokenizers } from '@honyaku/data';
import { beamSearch, networkOf, Seq2Seq, greedy, sample } from '@honyaku/model';
import {
  type LocalBundle,
  type Translate,
  type Translated,
  type TranslationLimits,
} from './translating-child.ts';

export class LoadedBundle {
  private constructor(
    private readonly network: Seq2Seq,
    private readonly source: Tokenizer,
    private readonly target: Tokenizer,
  ) {}

  /** @throws Corrupt when the shapes of the weights do not match the bundle's config */
  static async load(bundle: LocalBundle): Promise<LoadedBundle> {
    const { source, target } = await openTokenizers(bundle.tokenizers);
    const architecture = networkOf(bundle, bundle.vocabularySize);
    const network = await Seq2Seq.load(bundle.model, architecture);
    return new LoadedBundle(network, source, target);
  }

  /** @param limits of the translations, unless the request sets one */
  translate(
    request: Translate['request'],
    { maxTokens, longestTarget }: TranslationLimits,
  ): Translated['outputs'] {
    const encoded = request.sentences.map((sentence) => this.source.encode(sentence));
    const limit = request.maxTokens ?? maxTokens;
    const limits = encoded.map(({ length }) => tokenLimitOf(limit, length, longestTarget));
    const sources = encoded.map((ids) => [...ids, specialTokens.eos]);
    // The end token counts towards the limit, so a translation that fills it has not ended.
    return this.idsOf(sources, request, limits).map((ids, row) => ({
      output: this.target.decode(ids),
      truncated: ids.length >= (limits[row] ?? Infinity),
    }));
  }

  private idsOf(
    sources: readonly number[][],
    request: Translate['request'],
    maxTokens: readonly number[],
  ): number[][] {
    const { beamSize, lengthPenalty, normalize, patience, seed, temperature, topK, topP } = request;
    if (request.sample) return sample(this.network, sources, { maxTokens, seed, temperature, topK, topP });
    if (beamSize === 1) return greedy(this.network, sources, { maxTokens });
    const options = { maxTokens, beamSize, lengthPenalty, normalize, patience };
    const translations = beamSearch(this.network, sources, options);
    return translations.map(([best]) => best?.ids ?? []);
  }

  dispose(): void {
    this.network.dispose();
  }
}
