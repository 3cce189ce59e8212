/** Token embeddings, scaled by √width, plus positions. Both sides look them up in the one matrix. */
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { addTwo, gatherRows } from '../../kernels/matrices.ts';
import { type Dropout, dropoutOf, wordFactors } from '../../kernels/random.ts';
import type { Gradients } from '../gradients.ts';
import { eachToken, type PackedTokens } from '../packing.ts';
import type { Weights } from '../parameter.ts';
import { positionTable } from './positions.ts';
import { sharedWeight, type Side, type TransformerShape } from './shape.ts';

/** One token of each row at a position of decoding, [rows, width]. */
export function embedStep(
  tokens: Int32Array,
  position: number,
  { hiddenSize: width, tokens: { rowOf } }: TransformerShape,
  weights: Weights,
): Tensor {
  const rows = tf.tensor1d(tokens.map(rowOf), 'int32');
  return gatherRows(weights(sharedWeight), rows)
    .mul(Math.sqrt(width))
    .add(positionTable(position, 1, width));
}

export interface EmbeddingRun {
  /** [positions, width] */
  readonly out: Tensor;
  readonly backward: (dOut: Tensor, gradients: Gradients) => void;
}

/** @param ids at the packed positions */
export function runEmbedding(
  side: Side,
  ids: Int32Array,
  packed: PackedTokens,
  { hiddenSize: width, tokens }: TransformerShape,
  weights: Weights,
  dropout: Dropout | undefined,
): EmbeddingRun {
  const rows = ids.map(tokens.rowOf);
  const times = new Int32Array(packed.positions);
  eachToken(packed, (time, _row, position) => (times[position] = time));
  const scale = Math.sqrt(width);
  const factors = wordFactors(packed.positions, dropout, [side])?.mul(scale) ?? scale;
  const scaled = gatherRows(weights(sharedWeight), tf.tensor1d(rows, 'int32')).mul(factors);
  const positions = positionTable(0, Math.max(...packed.lengths), width);
  const sum = addTwo(scaled, gatherRows(positions, tf.tensor1d(times, 'int32')));
  const drop = dropoutOf(sum.shape, dropout, 'units', [side, 'embedding']);
  return {
    out: drop(sum),
    backward: (dOut, gradients) => {
      // To look up the decoder's first token teaches its embedding nothing, as Hugging Face's `padding_idx`.
      const learning = Int32Array.from(rows.keys()).filter((at) => rows[at] !== tokens.startRow);
      if (learning.length === 0) return;
      const dScaled = gatherRows(drop(dOut).mul(factors), tf.tensor1d(learning, 'int32'));
      const learnt = tf.tensor1d(
        learning.map((at) => rows[at] ?? 0),
        'int32',
      );
      gradients.addLookup(sharedWeight, dScaled, learnt, tokens.rows);
    },
  };
}
