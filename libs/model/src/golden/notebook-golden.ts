/** Golden numbers of the notebook's network, in other sizes. */
import { defaultHyperparameters } from '@honyaku/contracts';
import { networkOf } from '../seq2seq/kinds.ts';
import { batchIn, type GoldenFile } from './golden-file.ts';
import type { GoldenSettings } from './golden-settings.ts';

/** @throws InvalidInput naming the key that is not as it should be */
export function notebookGolden(file: GoldenFile): GoldenSettings {
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
    batchOf: (tensors, where) =>
      batchIn(tensors, { source: 'x_enc', decoderInput: 'x_dec', target: 'y_dec' }, where),
    names: { gradients: 'grads.', translating: 'weights.' },
    sources,
    greedy: file.rows('greedy', sources.length, 'sources'),
    // The reference decodes up to 20 tokens and one more.
    limit: 21,
  };
}
