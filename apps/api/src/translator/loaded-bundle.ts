/** A best bundle in memory: its network and both tokenizers. */
import { specialTokens } from '@honyaku/contracts';
import { type Tokenizer, openTokenizers } from '@honyaku/data';
import { beamSearch, networkOf, Seq2Seq, greedy, sample } from '@honyaku/model';
import { type LocalBundle, type Translate, type Translated } from './translating-child.ts';

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

  /** @param maxTokens tokens after which a translation is cut, unless the request sets a limit */
  translate(request: Translate['request'], maxTokens: number): Translated['outputs'] {
    const limit = request.maxTokens ?? maxTokens;
    const sources = request.sentences.map((sentence) => [...this.source.encode(sentence), specialTokens.eos]);
    // The end token counts towards the limit, so a translation that fills it has not ended.
    return this.idsOf(sources, request, limit).map((ids) => ({
      output: this.target.decode(ids),
      truncated: ids.length >= limit,
    }));
  }

  private idsOf(sources: readonly number[][], request: Translate['request'], maxTokens: number): number[][] {
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
