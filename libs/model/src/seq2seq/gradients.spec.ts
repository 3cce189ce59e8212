import type { Hyperparameters } from '@honyaku/contracts';
import { describe, expect, it } from 'vitest';
import { type LossOptions, objectiveOf } from './loss.ts';
import { sharedWeight } from '../networks/transformer/shape.ts';
import { Seq2Seq } from './seq2seq.ts';
import { tf } from '@honyaku/kernels/tensorflow';
import { tinyBatch, tinyNetwork, tinyTransformer } from './tiny-network.fixture.ts';

/** Large enough for 32-bit sums, small enough for the curvature. */
const epsilon = 3e-3;

const place = [5, 1, 2];
const plain = {};
const shallow = { ...tinyTransformer, encoderLayers: 1, decoderLayers: 1 };
const parts: readonly [string, Partial<Hyperparameters>, LossOptions][] = [
  ['the notebook’s network', plain, plain],
  ['dropout', { topState: 'carried' }, { dropout: { units: 0.3, place } }],
  ['one layer', { layers: 1, topState: 'carried' }, plain],
  ['five layers without residuals', { layers: 5, residual: false, topState: 'carried' }, plain],
  ['GRU', { cell: 'gru', topState: 'carried' }, plain],
  ['an encoder both ways', { bidirectional: true, topState: 'carried' }, plain],
  ['GRU both ways with attention', { cell: 'gru', bidirectional: true, attention: 'dot' }, plain],
  ['dot attention', { attention: 'dot' }, plain],
  ['general attention', { attention: 'general', topState: 'carried' }, { dropout: { units: 0.3, place } }],
  ['input feeding', { attention: 'general', inputFeeding: true }, { dropout: { units: 0.3, place } }],
  [
    'input feeding with GRU',
    { attention: 'dot', inputFeeding: true, cell: 'gru', topState: 'carried', layers: 2 },
    plain,
  ],
  ['tied embeddings', { tiedEmbeddings: true, embeddingSize: 4, topState: 'carried' }, plain],
  ['label smoothing', { topState: 'carried' }, { labelSmoothing: 0.2 }],
  ['word dropout', { attention: 'dot' }, { dropout: { words: 0.3, place } }],
  ['a Transformer', { ...tinyTransformer, encoderLayers: 1 }, plain],
  // Of relu, whose kinks finite differences step over, the golden numbers of `marian-deep` have the gradients.
  ['a Transformer with gelu', { ...shallow, activation: 'gelu' }, plain],
  ['a Transformer of one head and an odd width', { ...shallow, heads: 1, hiddenSize: 7 }, plain],
  [
    'a Transformer with every dropout',
    tinyTransformer,
    {
      dropout: { units: 0.3, words: 0.3, attention: 0.3, activation: 0.3, layers: 0.3, place },
      labelSmoothing: 0.2,
    },
  ],
];

describe('the gradients', () => {
  it.each(parts)('of every parameter agree with finite differences: %s', (_name, settings, options) => {
    const network = Seq2Seq.initialise(tinyNetwork(settings), 3);
    const { gradients, targetTokens } = network.gradients(tinyBatch, options);
    const meanLoss = () =>
      network.withWeights((weights) => objectiveOf(tinyBatch, network.architecture, weights, options)) /
      targetTokens;
    for (const { spec, variable } of network.parameters) {
      const gradient = gradients.get(spec.name)?.dataSync<'float32'>();
      const values = variable.values();
      // The last row of the Transformer's embedding is that of the decoder's first token, which is not trained.
      const last = values.length - 1 - (spec.name === sharedWeight ? (spec.shape[1] ?? 0) : 0);
      for (const index of [0, Math.floor(values.length / 2), last]) {
        const lossAt = (offset: number) => {
          const moved = values.slice();
          moved[index] = (moved[index] ?? 0) + offset;
          variable.assign(tf.tensor(moved, [...spec.shape]));
          return meanLoss();
        };
        const numeric = (lossAt(epsilon) - lossAt(-epsilon)) / (2 * epsilon);
        const difference = Math.abs((gradient?.[index] ?? 0) - numeric);
        expect(difference, `${spec.name}[${index}]: ${gradient?.[index]} against ${numeric}`).toBeLessThan(
          3e-4,
        );
      }
      variable.assign(tf.tensor(values, [...spec.shape]));
    }
    for (const gradient of gradients.values()) gradient.dispose();
    network.dispose();
  });

  it('reach no parameter that the network does not use', () => {
    const network = Seq2Seq.initialise(tinyNetwork(), 3);
    const { gradients } = network.gradients(tinyBatch);
    expect([...gradients.keys()].filter((name) => /encoder\.(fc\.|lstm3)/.test(name))).toEqual([]);
    for (const gradient of gradients.values()) gradient.dispose();
    network.dispose();
  });
});
