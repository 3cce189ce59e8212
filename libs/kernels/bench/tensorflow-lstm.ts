/** An LSTM layer by TensorFlow's own kernels, as libs/model runs it without ours: what ours are compared with. */
import { attributes, float, runKernel, runKernelForAll, type Tensor, tf } from '../src/tensorflow.ts';
import { int64Scalar } from '../test/int64.ts';

export interface Layer {
  readonly steps: number;
  readonly batch: number;
  readonly x: Tensor;
  readonly kernel: Tensor;
  readonly bias: Tensor;
  readonly h0: Tensor;
  readonly c0: Tensor;
}

/** The seven outputs of BlockLSTM: i, cs, f, o, ci, co, h. */
export function tensorFlowLstm({ steps, batch, x, kernel, bias, h0, c0 }: Layer): Tensor[] {
  const peephole = tf.zeros([h0.shape[1] ?? 0]);
  return runKernelForAll(
    'BlockLSTM',
    [
      attributes.float('forget_bias', 0),
      attributes.float('cell_clip', -1),
      attributes.bool('use_peephole', false),
      float,
    ],
    [int64Scalar(steps), x.reshape([steps, batch, -1]), c0, h0, kernel, peephole, peephole, peephole, bias],
    7,
  );
}

/** Gradients by x, kernel and bias: a small kernel and product for each time step, then two large products. */
export function tensorFlowLstmGradient(layer: Layer, saved: readonly Tensor[], dH: Tensor): Tensor[] {
  const { steps, batch, x, kernel, bias, h0, c0 } = layer;
  const [input = 0, hidden = 0] = [x.shape[1], h0.shape[1]];
  const perStep = (tensor: Tensor) =>
    runKernelForAll(
      'Unpack',
      [attributes.int('num', steps), float, attributes.int('axis', 0)],
      [tensor],
      steps,
    );
  const [i = [], cs = [], f = [], o = [], ci = [], co = []] = saved.map(perStep);
  const dOuts = perStep(dH.reshape([steps, batch, hidden]));
  const recurrent = kernel.slice([input, 0], [hidden, 4 * hidden]).transpose();
  const peephole = tf.zeros([hidden]);
  const anyX = x.slice([0, 0], [batch, input]);
  let [dC, dHNext] = [tf.zeros([batch, hidden]), tf.zeros([batch, hidden])] as [Tensor, Tensor];
  const dGates: Tensor[] = [];
  for (let t = steps - 1; t >= 0; t -= 1) {
    const outputs = [i, cs, f, o, ci, co].map((each) => each[t] as Tensor);
    const [dCBefore, dGate] = runKernelForAll(
      'LSTMBlockCellGrad',
      [attributes.bool('use_peephole', false), float],
      [
        ...[anyX, t === 0 ? c0 : (cs[t - 1] as Tensor), h0, kernel, peephole, peephole, peephole, bias],
        ...[...outputs, dC, runKernel('AddV2', [float], [dOuts[t] as Tensor, dHNext])],
      ],
      5,
    );
    dC = dCBefore;
    dHNext = tf.matMul(dGate as never, recurrent as never);
    dGates.push(dGate);
  }
  const all = tf.concat(dGates.reverse(), 0);
  const h = (saved[6] as Tensor).reshape([steps * batch, hidden]);
  const before = steps === 1 ? h0 : tf.concat([h0, h.slice([0, 0], [(steps - 1) * batch, hidden])], 0);
  return [
    tf.matMul(all as never, kernel.slice([0, 0], [input, 4 * hidden]) as never, false, true),
    tf.matMul(tf.concat([x, before], 1) as never, all as never, true, false),
    all.sum(0),
  ];
}
