import { type Batch, defaultHyperparameters, type Hyperparameters, specialTokens } from '@honyaku/contracts';
import type { Network } from '../networks/network.ts';
import { networkOf } from './kinds.ts';

/**
 * A network small enough for finite differences: the notebook's but for these settings. The tests' pairs have source ids
 * up to 8 and target ids up to 9.
 */
export function tinyNetwork(settings: Partial<Hyperparameters> = {}): Network {
  return networkOf(
    { hyperparameters: { ...defaultHyperparameters, embeddingSize: 3, hiddenSize: 4, ...settings } },
    { source: settings.network === 'transformer' ? 10 : 9, target: 10 },
  );
}

/** The settings of a Transformer of about that size: of fewer units, norms bend too much for finite differences. */
export const tinyTransformer = {
  network: 'transformer',
  hiddenSize: 8,
  encoderLayers: 2,
  decoderLayers: 2,
  heads: 2,
  feedForwardSize: 10,
} as const satisfies Partial<Hyperparameters>;

/** Pads sentences (source with eos; target with bos and eos) into a batch. */
export function batchOf(pairs: readonly { readonly source: number[]; readonly target: number[] }[]): Batch {
  const sourceLength = Math.max(...pairs.map(({ source }) => source.length));
  const targetLength = Math.max(...pairs.map(({ target }) => target.length)) - 1;
  const pad = (rows: readonly number[][], length: number) =>
    Int32Array.from(
      rows.flatMap((row) => [...row, ...new Array<number>(length - row.length).fill(specialTokens.pad)]),
    );
  return {
    size: pairs.length,
    sourceLength,
    targetLength,
    source: pad(
      pairs.map(({ source }) => source),
      sourceLength,
    ),
    decoderInput: pad(
      pairs.map(({ target }) => target.slice(0, -1)),
      targetLength,
    ),
    target: pad(
      pairs.map(({ target }) => target.slice(1)),
      targetLength,
    ),
  };
}

/** Three pairs of different lengths. */
export const tinyBatch: Batch = batchOf([
  { source: [5, 7, 2], target: [1, 4, 6, 2] },
  { source: [8, 2], target: [1, 9, 5, 7, 4, 2] },
  { source: [4, 6, 5, 8, 2], target: [1, 2] },
]);
