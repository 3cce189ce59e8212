/** What a reference's `golden` command wrote: of the notebook's network, or of Marian's Transformer. */
import type { Batch } from '@honyaku/contracts';
import type { TensorFile } from '../checkpoint/safetensors.ts';
import type { Network } from '../networks/network.ts';

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
