/** Small trained networks of each kind, so that decoding has something to find. */
import type { Hyperparameters } from '@honyaku/contracts';
import type { Network } from '../networks/network.ts';
import { Seq2Seq } from '../seq2seq/seq2seq.ts';
import { tf } from '@honyaku/kernels/tensorflow';
import { batchOf, tinyNetwork, tinyTransformer } from '../seq2seq/tiny-network.fixture.ts';
import { Trainer } from '../training/trainer.ts';
import { notebookTraining } from '../training/trainer-settings.ts';

/** Source with eos; target with bos and eos. */
export const learntPairs = [
  { source: [5, 7, 2], target: [1, 4, 6, 2] },
  { source: [8, 2], target: [1, 9, 5, 7, 4, 2] },
  { source: [4, 6, 5, 8, 2], target: [1, 8, 2] },
];

/** The same with two translations of each source, one of them with `<unk>`: nothing is certain. */
export const ambiguousPairs = [
  ...learntPairs,
  { source: [5, 7, 2], target: [1, 4, 8, 9, 2] },
  { source: [8, 2], target: [1, 0, 5, 2] },
  { source: [4, 6, 5, 8, 2], target: [1, 7, 7, 6, 4, 2] },
];

export const learntSources = learntPairs.map(({ source }) => source);

const parts: Readonly<Record<string, Partial<Hyperparameters>>> = {
  'the notebook': { topState: 'zero' },
  'a carried top state': { topState: 'carried' },
  GRUs: { topState: 'carried', cell: 'gru', layers: 2 },
  'a bidirectional encoder': { topState: 'carried', bidirectional: true },
  'dot attention': { topState: 'carried', attention: 'dot', residual: false },
  'general attention with input feeding': { topState: 'carried', attention: 'general', inputFeeding: true },
  'everything and a top state of zero': {
    topState: 'zero',
    cell: 'gru',
    bidirectional: true,
    attention: 'general',
    inputFeeding: true,
  },
  'a Transformer': { ...tinyTransformer, feedForwardSize: 32, heads: 4 },
};

/** A network of each kind without its weights. */
export const architectures: ReadonlyMap<string, Network> = new Map(
  Object.entries(parts).map(([kind, settings]) => [kind, tinyNetwork({ ...settings, hiddenSize: 24 })]),
);

export interface NamedNetwork {
  readonly kind: string;
  readonly network: Seq2Seq;
}

/** A network of each kind, trained on the pairs; the caller disposes them. */
export function trainedNetworks(pairs: typeof learntPairs, steps = 150): NamedNetwork[] {
  return [...architectures].map(([kind, architecture]) => {
    const network = Seq2Seq.initialise(architecture, 2);
    const learningRate = kind === 'a Transformer' ? 0.003 : 0.02;
    const trainer = new Trainer(network, { ...notebookTraining, learningRate, dropout: 0 });
    const batch = batchOf(pairs);
    for (let step = 0; step < steps; step += 1) trainer.step(batch, { epoch: 1, step });
    trainer.dispose();
    return { kind, network };
  });
}

/** Sentences of 0 to 9 tokens and eos, in no order of length. */
export function manySources(count: number): number[][] {
  return Array.from({ length: count }, (_, row) => [
    ...Array.from({ length: (row * 7) % 10 }, (_, place) => 4 + ((row * 3 + place * (1 + (row % 3))) % 5)),
    2,
  ]);
}

/** Tensors that a second run leaves behind: the first may fill what is kept for good. */
export function tensorsLeftBy(run: () => void): number {
  run();
  const before = tf.memory().numTensors;
  run();
  return tf.memory().numTensors - before;
}
