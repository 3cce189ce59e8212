/** A best bundle in memory, ready to translate. */
import { specialTokens } from '@honyaku/contracts';
import { type Tokenizer, openTokenizer } from '@honyaku/data';
import { beamSearch, networkShape, Seq2Seq, greedy, sample } from '@honyaku/model';
import { type LocalBundle, type Translate } from './requests.ts';

/** The longest output, as the notebook has it. */
const maxTokens = 100;

export class LoadedBundle {
  private constructor(
    private readonly network: Seq2Seq,
    private readonly source: Tokenizer,
    private readonly target: Tokenizer,
  ) {}

  /** @throws Corrupt when the weights are not of the bundle's sizes */
  static async load(bundle: LocalBundle): Promise<LoadedBundle> {
    const [source, target] = await Promise.all([openTokenizer(bundle.source), openTokenizer(bundle.target)]);
    const shape = networkShape(bundle.hyperparameters, bundle.vocabularySize);
    const network = await Seq2Seq.load(bundle.model, shape);
    return new LoadedBundle(network, source, target);
  }

  translate(request: Translate['request']): string[] {
    const sources = request.sentences.map((sentence) => [...this.source.encode(sentence), specialTokens.eos]);
    return this.idsOf(sources, request).map((ids) => this.target.decode(ids));
  }

  private idsOf(sources: readonly number[][], request: Translate['request']): number[][] {
    const { beamSize, lengthPenalty, seed, temperature, topK, topP } = request;
    if (request.sample) return sample(this.network, sources, { maxTokens, seed, temperature, topK, topP });
    if (beamSize === 1) return greedy(this.network, sources, { maxTokens });
    const translations = beamSearch(this.network, sources, { maxTokens, beamSize, lengthPenalty });
    return translations.map(([best]) => best?.ids ?? []);
  }

  dispose(): void {
    this.network.dispose();
  }
}
