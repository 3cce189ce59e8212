/** TensorFlow's fused LSTM, one layer at a time, and its gradient, one step at a time. */
import { attributes, backend, float, runKernelForAll, type Tensor, tf } from '@honyaku/kernels/tensorflow';

/** What `BlockLSTM` leaves for its gradient, each [time, batch, hidden]; `h` is the layer's output. */
export interface LstmOutputs {
  readonly i: Tensor;
  readonly cs: Tensor;
  readonly f: Tensor;
  readonly o: Tensor;
  readonly ci: Tensor;
  readonly co: Tensor;
  readonly h: Tensor;
}

/**
 * One LSTM layer over all time steps. Gates stand in the order i, g, f, o.
 * @param x [time, batch, input]
 * @param c0 [batch, hidden]
 * @param h0 [batch, hidden]
 * @param w [input + hidden, 4 hidden]
 * @param b [4 hidden]
 */
export function blockLstm(x: Tensor, c0: Tensor, h0: Tensor, w: Tensor, b: Tensor): LstmOutputs {
  return tf.tidy(() => {
    const time = x.shape[0] ?? 0;
    const peephole = tf.zeros([h0.shape[1] ?? 0]);
    const [i, cs, f, o, ci, co, h] = runKernelForAll(
      'BlockLSTM',
      [
        attributes.float('forget_bias', 0),
        attributes.float('cell_clip', -1),
        attributes.bool('use_peephole', false),
        float,
      ],
      [int64(time), x, c0, h0, w, peephole, peephole, peephole, b],
      7,
    );
    return { i, cs, f, o, ci, co, h };
  });
}

/** One time step of the LSTM's gradient; every input but w and b is [batch, …]. Gates stand in the order i, g, f, o. */
export function lstmCellGradient(step: {
  readonly x: Tensor;
  readonly csPrevious: Tensor;
  readonly hPrevious: Tensor;
  readonly w: Tensor;
  readonly peephole: Tensor;
  readonly b: Tensor;
  readonly outputs: Omit<LstmOutputs, 'h'>;
  readonly dCs: Tensor;
  readonly dH: Tensor;
}): { dCsPrevious: Tensor; dGates: Tensor } {
  const { outputs: saved, peephole } = step;
  const [dCsPrevious, dGates, ...dPeepholes] = runKernelForAll(
    'LSTMBlockCellGrad',
    [attributes.bool('use_peephole', false), float],
    [
      step.x,
      step.csPrevious,
      step.hPrevious,
      step.w,
      peephole,
      peephole,
      peephole,
      step.b,
      saved.i,
      saved.cs,
      saved.f,
      saved.o,
      saved.ci,
      saved.co,
      step.dCs,
      step.dH,
    ],
    5,
  );
  tf.dispose(dPeepholes);
  return { dCsPrevious, dGates };
}

const int64Scalars = new Map<number, Tensor>();

/**
 * A 64-bit scalar, which tfjs's types don't know though its backend does. It is made once for each value and
 * kept: tfjs's own `Int64Scalar` leaves a native tensor behind at every use.
 */
function int64(value: number): Tensor {
  const known = int64Scalars.get(value);
  if (known) return known;
  const dataId = {};
  const lowAndHigh = Int32Array.of(value, 0);
  Reflect.apply(backend.move, backend, [dataId, lowAndHigh, [], 'int64', 1]);
  const made = tf.keep(tf.engine().makeTensorFromDataId(dataId, [], 'int32', backend));
  int64Scalars.set(value, made);
  return made;
}
