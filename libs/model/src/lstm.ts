/** One LSTM layer, forward over all time steps by one kernel, backward with the weights' gradient in one product. */
import { blockLstm, lstmCellGradient, type LstmOutputs, matMul, unstack } from './kernels.ts';
import { type Tensor, tf } from './tensorflow.ts';

export interface LstmWeights {
  /** [input + hidden, 4 hidden] */
  readonly kernel: Tensor;
  /** [4 hidden] */
  readonly bias: Tensor;
}

/** State at the start of a sequence, each [batch, hidden]. */
export type LstmState = {
  readonly c: Tensor;
  readonly h: Tensor;
};

/** What the backward pass needs of the forward one. */
export interface LstmTape {
  readonly x: Tensor;
  readonly start: LstmState;
  readonly weights: LstmWeights;
  readonly outputs: LstmOutputs;
}

export interface LstmGradients {
  /** [time, batch, input] */
  readonly dX: Tensor;
  readonly dKernel: Tensor;
  readonly dBias: Tensor;
  /** By the starting h; [batch, hidden]. */
  readonly dH0: Tensor;
}

/** @param x [time, batch, input]; the output is `outputs.h` [time, batch, hidden] */
export function lstmForward(x: Tensor, start: LstmState, weights: LstmWeights): LstmTape {
  return { x, start, weights, outputs: blockLstm(x, start.c, start.h, weights.kernel, weights.bias) };
}

/**
 * Backpropagation through time. Each step costs one small kernel and one product [batch, 4h] × [4h, h]; the
 * gradients of weights and inputs are one large product each, after the last step.
 * @param dOut gradient by the output, [time, batch, hidden]
 */
export function lstmBackward({ x, start, weights, outputs }: LstmTape, dOut: Tensor): LstmGradients {
  return tf.tidy(() => {
    const [time = 0, batch = 0, input = 0] = x.shape;
    const hidden = start.h.shape[1] ?? 0;
    const recurrent = weights.kernel.slice([input, 0], [hidden, 4 * hidden]);
    const steps = {
      x: unstack(x),
      i: unstack(outputs.i),
      cs: unstack(outputs.cs),
      f: unstack(outputs.f),
      o: unstack(outputs.o),
      ci: unstack(outputs.ci),
      co: unstack(outputs.co),
      h: unstack(outputs.h),
      dOut: unstack(dOut),
    };
    const at = (tensors: readonly Tensor[], index: number): Tensor => {
      const tensor = tensors[index];
      if (tensor === undefined) throw new RangeError(`no time step ${index} of ${time}`);
      return tensor;
    };
    const peephole = tf.zeros([hidden]);
    const dGates: Tensor[] = [];
    let dCs: Tensor = tf.zeros([batch, hidden]);
    let dH: Tensor = tf.zeros([batch, hidden]);
    for (let t = time - 1; t >= 0; t -= 1) {
      const step = lstmCellGradient({
        x: at(steps.x, t),
        csPrevious: t === 0 ? start.c : at(steps.cs, t - 1),
        hPrevious: t === 0 ? start.h : at(steps.h, t - 1),
        w: weights.kernel,
        peephole,
        b: weights.bias,
        outputs: {
          i: at(steps.i, t),
          cs: at(steps.cs, t),
          f: at(steps.f, t),
          o: at(steps.o, t),
          ci: at(steps.ci, t),
          co: at(steps.co, t),
        },
        dCs,
        dH: at(steps.dOut, t).add(dH),
      });
      dCs = step.dCsPrevious;
      dH = matMul(step.dGates, recurrent, { b: true });
      dGates[t] = step.dGates;
    }
    const gates = tf.concat(dGates, 0); // [time·batch, 4h]
    const flatX = x.reshape([time * batch, input]);
    const previousH = tf.concat([start.h, ...steps.h.slice(0, -1)], 0); // [time·batch, h]
    return {
      dX: matMul(gates, weights.kernel.slice([0, 0], [input, 4 * hidden]), { b: true }).reshape([
        time,
        batch,
        input,
      ]),
      dKernel: matMul(tf.concat([flatX, previousH], 1), gates, { a: true }),
      dBias: gates.sum(0),
      dH0: dH,
    };
  });
}
