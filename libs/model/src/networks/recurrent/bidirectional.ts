/** A layer that reads each sentence both ways: half of its units forwards, half backwards (Schuster & Paliwal 1997). */
import { addTwo, gatherRows } from '../../kernels/matrices.ts';
import { type Packing, reversal } from '../packing.ts';
import type { Weights } from '../parameter.ts';
import type { LayerRun, LayerState, RecurrentCell } from './recurrent-cell.ts';
import { type Tensor, tf } from '../../kernels/tensorflow.ts';

/** @param start state of one direction; both start from it. `out` is [positions, 2 × its hidden units] */
export function runBothWays(
  cell: RecurrentCell,
  prefix: string,
  x: Tensor,
  packing: Packing,
  start: LayerState,
  weights: Weights,
): LayerRun {
  const reversed = tf.tensor1d(reversal(packing), 'int32');
  const forwards = cell.run({ prefix, suffix: '' }, x, packing, start, weights);
  const backwards = cell.run(
    { prefix, suffix: '_reverse' },
    gatherRows(x, reversed),
    packing,
    start,
    weights,
  );
  return {
    out: tf.concat([forwards.out, gatherRows(backwards.out, reversed)], 1),
    final: () => {
      throw new RangeError('a layer that reads both ways has no one end');
    },
    backward: (dOut, gradients) => {
      const [dForwards, dBackwards] = tf.split(dOut, 2, 1);
      if (!dForwards || !dBackwards) throw new RangeError('two directions');
      const one = forwards.backward(dForwards, gradients);
      const other = backwards.backward(gatherRows(dBackwards, reversed), gradients);
      return { dX: addTwo(one.dX, gatherRows(other.dX, reversed)), dStart: [] };
    },
  };
}
