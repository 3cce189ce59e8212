/** A best bundle in memory, ready to translate. */
import { specialTokens } from '@honyaku/contracts';
import { type Tokenizer, openTokenizer } from '@honyaku/data';
import { networkShape, Seq2Seq, greedy, sample } from '@honyaku/model';
import { type LocalBundle, type Translate } from './requests.ts';

/** The longest output, as the notebook has it. */
const maxTokens = 100;

/** Decoded together; bounds the memory of a request of many sentences. */
const sentencesAtOnce = 32;

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
    const { sentences, seed } = request;
    const outputs: string[] = [];
    for (let from = 0; from < sentences.length; from += sentencesAtOnce) {
      const sources = sentences
        .slice(from, from + sentencesAtOnce)
        .map((sentence) => [...this.source.encode(sentence), specialTokens.eos]);
      const ids = request.sample
        ? sample(this.network, sources, { maxTokens, seed: seed + from })
        : greedy(this.network, sources, { maxTokens });
      outputs.push(...ids.map((each) => this.target.decode(each)));
    }
    return outputs;
  }

  dispose(): void {
    this.network.dispose();
  }
}
