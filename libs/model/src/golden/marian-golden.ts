/** Golden numbers of Marian's Transformer as Hugging Face computes it, whose ids become ours. */
import { specialTokens } from '@honyaku/contracts';
import { outputBias } from '../networks/transformer/shape.ts';
import { transformerNetwork } from '../networks/transformer/network.ts';
import { batchIn, type GoldenFile } from './golden-file.ts';
import type { GoldenSettings } from './golden-settings.ts';

const { bos, eos, pad } = specialTokens;

export function marianGolden(file: GoldenFile): GoldenSettings {
  const vocabulary = file.size('vocabulary');
  // Padding of our own is a token that Marian's vocabulary has not.
  const size = vocabulary + 1;
  const network = transformerNetwork(
    {
      hiddenSize: file.size('width'),
      heads: file.size('heads'),
      feedForwardSize: file.size('feedForward'),
      encoderLayers: file.size('encoderLayers'),
      decoderLayers: file.size('decoderLayers'),
      activation: file.word('activation', ['swish', 'relu', 'gelu']),
    },
    { source: size, target: size },
    { trainsStart: true },
  );
  const { rowOf = (id) => id } = network.output;
  const ids = new Map(Array.from({ length: size }, (_, id) => [rowOf(id), id]));
  // The decoder's first token, as which Hugging Face has its padding.
  ids.set(rowOf(bos), pad);
  const oursOf = (row: number) => ids.get(row) ?? pad;
  const all = (rows: readonly (readonly number[])[]) => rows.map((row) => row.map(oursOf));
  const sources = all(file.rows('sources'));
  return {
    network,
    learningRate: file.number('learningRate'),
    losses: file.numbers('losses'),
    isFrozen: (name) => name === outputBias,
    batchOf: (tensors, where) => {
      const names = { source: 'source', decoderInput: 'decoder_input', target: 'target' } as const;
      const batch = batchIn(tensors, names, where, 'batch.');
      return {
        ...batch,
        source: batch.source.map(oursOf),
        decoderInput: batch.decoderInput.map((row, at) =>
          at % batch.targetLength === 0 ? bos : oursOf(row),
        ),
        target: batch.target.map(oursOf),
      };
    },
    names: { gradients: 'gradients.', translating: 'trained.' },
    sources,
    greedy: all(file.rows('greedy', sources.length, 'sources')),
    limit: 12,
    beam: {
      translations: all(file.rows('beam4', sources.length, 'sources')).map((row) =>
        row.filter((id) => id !== eos),
      ),
      scores: file.numbers('beam4Scores'),
    },
  };
}
