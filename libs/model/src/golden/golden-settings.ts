/** What a reference's `golden` command wrote: of the notebook's network, or of Marian's Transformer. */
import { type Batch, defaultHyperparameters } from '@honyaku/contracts';
import type { TensorFile } from '../checkpoint/safetensors.ts';
import type { Network } from '../networks/network.ts';
import { networkOf } from '../seq2seq/kinds.ts';
import { GoldenFile, idsOf } from './golden-file.ts';
import { marianGolden } from './marian-golden.ts';

export interface GoldenSettings {
  readonly network: Network;
  readonly learningRate: number;
  /** Mean token loss before each of the Adam steps. */
  readonly losses: readonly number[];
  /** Parameters that the reference does not train. */
  readonly isFrozen: (name: string) => boolean;
  readonly batchOf: (file: TensorFile, where: string) => Batch;
  /** Prefixes of tensors: the gradients of the first step, and the weights that translate. */
  readonly names: { readonly gradients: string; readonly translating: string };
  /** Each with its eos. */
  readonly sources: readonly (readonly number[])[];
  /** What the reference translates each source to, with eos where it came to one, up to `limit` tokens. */
  readonly greedy: readonly (readonly number[])[];
  readonly limit: number;
  /** The same by a beam of 4 that ranks by the mean log probability of a token, which are the scores. */
  readonly beam?: {
    readonly translations: readonly (readonly number[])[];
    readonly scores: readonly number[];
  };
}

/** @throws InvalidInput when the file cannot be read, or names the key that is not as it should be */
export async function readGoldenSettings(path: string): Promise<GoldenSettings> {
  const file = await GoldenFile.read(path);
  return file.isOf('marian') ? marianGolden(file) : notebookGolden(file);
}

/** The notebook's network, in other sizes. */
function notebookGolden(file: GoldenFile): GoldenSettings {
  const sources = file.rows('sources');
  return {
    network: networkOf(
      {
        hyperparameters: {
          ...defaultHyperparameters,
          embeddingSize: file.size('embed'),
          hiddenSize: file.size('hidden'),
          topState: file.flag('stateful_top') ? 'carried' : 'zero',
        },
      },
      { source: file.size('src_vocab'), target: file.size('tgt_vocab') },
    ),
    learningRate: file.number('learning_rate'),
    losses: file.numbers('losses'),
    isFrozen: () => false,
    batchOf: (tensors, where) => {
      const [source, decoderInput, target] = [
        idsOf(tensors, 'x_enc', where),
        idsOf(tensors, 'x_dec', where),
        idsOf(tensors, 'y_dec', where),
      ];
      return {
        size: source.rows,
        sourceLength: source.columns,
        targetLength: target.columns,
        source: source.ids,
        decoderInput: decoderInput.ids,
        target: target.ids,
      };
    },
    names: { gradients: 'grads.', translating: 'weights.' },
    sources,
    greedy: file.rows('greedy', sources.length, 'sources'),
    // The reference decodes up to 20 tokens and one more.
    limit: 21,
  };
}
