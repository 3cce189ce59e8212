/** The raw kernels that the network is made of, with their attributes and shapes. */
import { attributes, backend, dataTypes, runKernel, runKernelForAll, type Tensor, tf } from './tensorflow.ts';

const float = attributes.type('T', dataTypes.float);

/** a · b, either one transposed first. [n, k] × [k, m] → [n, m] */
export function matMul(a: Tensor, b: Tensor, transpose: { a?: boolean; b?: boolean } = {}): Tensor {
  return runKernel(
    'MatMul',
    [
      float,
      attributes.bool('transpose_a', transpose.a ?? false),
      attributes.bool('transpose_b', transpose.b ?? false),
    ],
    [a, b],
  );
}

/** Rows of `table` [n, w] by `indices` [k] → [k, w] */
export function gatherRows(table: Tensor, indices: Tensor): Tensor {
  return tf.tidy(() =>
    runKernel(
      'GatherV2',
      [
        attributes.type('Tparams', dataTypes.float),
        attributes.type('Tindices', dataTypes.int32),
        attributes.type('Taxis', dataTypes.int32),
        attributes.int('batch_dims', 0),
      ],
      [table, indices, tf.scalar(0, 'int32')],
    ),
  );
}

/** a + b, of one shape. */
export function addTwo(a: Tensor, b: Tensor): Tensor {
  return runKernel('AddV2', [float], [a, b]);
}

/** The sum of tensors of one shape. @throws RangeError for none */
export function addAll(tensors: readonly Tensor[]): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new RangeError('nothing to add');
  if (tensors.length === 1) return first;
  return runKernel('AddN', [float, attributes.int('N', tensors.length)], tensors);
}

/** The sum of a tensor's squares, read back. */
export function squaredNorm(tensor: Tensor): number {
  const half = runKernel('L2Loss', [float], [tensor]);
  const [value = NaN] = half.dataSync();
  half.dispose();
  return 2 * value;
}

/** Rows [start, start + count) of a matrix; TensorFlow shares the memory where it can. */
export function sliceRows(matrix: Tensor, start: number, count: number): Tensor {
  const [rows, columns = 0] = matrix.shape;
  return start === 0 && count === rows ? matrix : matrix.slice([start, 0], [count, columns]);
}

/** The first rows of a matrix. */
export function firstRows(matrix: Tensor, count: number): Tensor {
  return sliceRows(matrix, 0, count);
}

/** A matrix with rows of zeros below it, or of more than `count` rows the first ones. */
export function withZeroRows(matrix: Tensor, count: number): Tensor {
  const [rows = 0, columns = 0] = matrix.shape;
  if (rows === count) return matrix;
  return rows > count ? firstRows(matrix, count) : tf.concat([matrix, tf.zeros([count - rows, columns])], 0);
}

/** The gradient of `gatherRows`: sums `rows` [k, w] into a table of `count` rows by `indices` [k] → [count, w] */
export function scatterAddRows(rows: Tensor, indices: Tensor, count: number): Tensor {
  return tf.tidy(() =>
    runKernel(
      'UnsortedSegmentSum',
      [float, attributes.type('Tindices', dataTypes.int32), attributes.type('Tnumsegments', dataTypes.int32)],
      [rows, indices, tf.scalar(count, 'int32')],
    ),
  );
}

/** Token losses [n] and their gradients by the logits [n, vocabulary], from logits [n, vocabulary] and labels [n]. */
export function sparseSoftmaxCrossEntropy(
  logits: Tensor,
  labels: Tensor,
): { losses: Tensor; dLogits: Tensor } {
  const [losses, dLogits] = all(
    runKernelForAll(
      'SparseSoftmaxCrossEntropyWithLogits',
      [float, attributes.type('Tlabels', dataTypes.int32)],
      [logits, labels],
      2,
    ),
    2,
  );
  return { losses, dLogits };
}

/** Two numbers that key a stateless random kernel. */
export type RandomKey = readonly [number, number];

/** Uniform in [0, 1), a function of the key alone. */
export function statelessUniform(shape: readonly number[], key: RandomKey): Tensor {
  return stateless('StatelessRandomUniform', shape, key);
}

/** Standard normal, a function of the key alone. */
export function statelessNormal(shape: readonly number[], key: RandomKey): Tensor {
  return stateless('StatelessRandomNormal', shape, key);
}

function stateless(kernel: string, shape: readonly number[], key: RandomKey): Tensor {
  return tf.tidy(() =>
    runKernel(
      kernel,
      [
        attributes.type('dtype', dataTypes.float),
        attributes.type('T', dataTypes.int32),
        attributes.type('Tseed', dataTypes.int32),
      ],
      [tf.tensor1d([...shape], 'int32'), tf.tensor1d([...key], 'int32')],
    ),
  );
}

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
    const [i, cs, f, o, ci, co, h] = all(
      runKernelForAll(
        'BlockLSTM',
        [
          attributes.float('forget_bias', 0),
          attributes.float('cell_clip', -1),
          attributes.bool('use_peephole', false),
          float,
        ],
        [int64(time), x, c0, h0, w, peephole, peephole, peephole, b],
        7,
      ),
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
  const [dCsPrevious, dGates, ...dPeepholes] = all(
    runKernelForAll(
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
    ),
    5,
  );
  tf.dispose(dPeepholes);
  return { dCsPrevious, dGates };
}

/** The slices of `x` [time, …] along its first dimension. */
export function unstack(x: Tensor): Tensor[] {
  const count = x.shape[0] ?? 0;
  return runKernelForAll(
    'Unpack',
    [attributes.int('num', count), float, attributes.int('axis', 0)],
    [x],
    count,
  );
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

type Tuple<Length extends number, Items extends Tensor[] = []> = Items['length'] extends Length
  ? Items
  : Tuple<Length, [...Items, Tensor]>;

function all<Length extends number>(tensors: Tensor[], count: Length): Tuple<Length> {
  if (!hasLength(tensors, count))
    throw new RangeError(`a kernel gave ${tensors.length} outputs, not ${count}`);
  return tensors;
}

function hasLength<Length extends number>(tensors: Tensor[], count: Length): tensors is Tuple<Length> {
  return tensors.length === count;
}

/**
 * Cross-entropy against labels that keep 1 - `smoothing` of the probability and spread the rest evenly over
 * the vocabulary (as PyTorch's `label_smoothing`): losses [n] and gradients by the logits [n, vocabulary].
 */
export function smoothedCrossEntropy(
  logits: Tensor,
  labels: Int32Array,
  smoothing: number,
): { losses: Tensor; dLogits: Tensor } {
  const vocabulary = logits.shape[1] ?? 0;
  const spread = smoothing / vocabulary;
  const kept = 1 - smoothing + spread;
  const wanted = tf.oneHot(tf.tensor1d(labels, 'int32'), vocabulary, kept, spread, 'float32');
  const [losses, dLogits] = all(
    runKernelForAll('SoftmaxCrossEntropyWithLogits', [float], [logits, wanted], 2),
    2,
  );
  return { losses, dLogits };
}
