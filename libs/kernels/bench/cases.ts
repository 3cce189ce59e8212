/** What is measured, on which sides: our kernels in both precisions, and what TensorFlow has for the same. */
import {
  applyAdam,
  crossEntropy,
  gru,
  gruGradient,
  lstm,
  lstmGradient,
  matMul,
  type Precision,
  squaredNorm,
} from '../src/index.ts';
import {
  attributes,
  dataTypes,
  float,
  runKernel,
  runKernelForAll,
  type Tensor,
  tf,
} from '../src/tensorflow.ts';
import { type Layer, tensorFlowLstm, tensorFlowLstmGradient } from './tensorflow-lstm.ts';

export interface Case {
  readonly name: string;
  /** Floating-point operations; absent where memory bounds it. */
  readonly operations?: number;
  /** Each is run once a round; tensors that it leaves are disposed. */
  readonly sides: Readonly<Record<string, () => unknown>>;
  /** The same for the Python side: `kind` and sizes. */
  readonly torch?: { readonly kind: string; readonly sizes: readonly number[] };
}

const random = (...shape: number[]): Tensor => tf.randomNormal(shape);

function productCase(rows: number, depth: number, columns: number, transposed: 'a' | 'b' | '' = ''): Case {
  const a = transposed === 'a' ? random(depth, rows) : random(rows, depth);
  const b = transposed === 'b' ? random(columns, depth) : random(depth, columns);
  const [transposeA, transposeB] = [transposed === 'a', transposed === 'b'];
  const own = (precision: Precision) => () => matMul(a, b, { transposeA, transposeB, precision });
  const options = [attributes.bool('transpose_a', transposeA), attributes.bool('transpose_b', transposeB)];
  return {
    name: `product ${rows} × ${depth} × ${columns}${transposed && `, ${transposed} transposed`}`,
    operations: 2 * rows * depth * columns,
    sides: {
      float32: own('float32'),
      bfloat16: own('bfloat16'),
      TensorFlow: () => runKernel('MatMul', [float, ...options], [a, b]),
    },
    torch: { kind: 'product', sizes: [rows, depth, columns, Number(transposeA), Number(transposeB)] },
  };
}

function lstmCases(steps: number, batch: number, input: number, hidden: number): Case[] {
  const layer: Layer = {
    steps,
    batch,
    x: random(steps * batch, input),
    kernel: random(input + hidden, 4 * hidden).mul(0.05),
    bias: random(4 * hidden),
    h0: tf.zeros([batch, hidden]),
    c0: tf.zeros([batch, hidden]),
  };
  const inputs = { ...layer, rows: tf.tensor1d(new Array<number>(steps).fill(batch), 'int32') };
  const [dH, none] = [random(steps * batch, hidden), tf.zeros([0, hidden])];
  const forward = (precision: Precision) => () => lstm(inputs, layer.bias, precision);
  const both = (precision: Precision) => () => {
    const outputs = lstm(inputs, layer.bias, precision);
    return lstmGradient(inputs, outputs, { dH, dHFinal: none, dCFinal: none }, precision);
  };
  const name = `LSTM ${steps} × ${batch}, ${input} → ${hidden}`;
  const operations = 2 * steps * batch * (input + hidden) * 4 * hidden;
  return [
    {
      name: `${name}, forward`,
      operations,
      sides: {
        float32: forward('float32'),
        bfloat16: forward('bfloat16'),
        TensorFlow: () => tensorFlowLstm(layer),
      },
      torch: { kind: 'lstm-forward', sizes: [steps, batch, input, hidden] },
    },
    {
      name: `${name}, forward and backward`,
      operations: 3 * operations,
      sides: {
        float32: both('float32'),
        bfloat16: both('bfloat16'),
        TensorFlow: () => tensorFlowLstmGradient(layer, tensorFlowLstm(layer), dH),
      },
      torch: { kind: 'lstm', sizes: [steps, batch, input, hidden] },
    },
  ];
}

function gruCase(steps: number, batch: number, input: number, hidden: number): Case {
  const inputs = {
    x: random(steps * batch, input),
    inputWeight: random(3 * hidden, input).mul(0.05),
    recurrentWeight: random(3 * hidden, hidden).mul(0.05),
    h0: tf.zeros([batch, hidden]),
    rows: tf.tensor1d(new Array<number>(steps).fill(batch), 'int32'),
  };
  const biases = { input: random(3 * hidden), recurrent: random(3 * hidden) };
  const [dH, dHFinal] = [random(steps * batch, hidden), tf.zeros([0, hidden])];
  const both = (precision: Precision) => () =>
    gruGradient(inputs, gru(inputs, biases, precision), { dH, dHFinal }, precision);
  return {
    name: `GRU ${steps} × ${batch}, ${input} → ${hidden}, forward and backward`,
    operations: 6 * steps * batch * (input + hidden) * 3 * hidden,
    sides: { float32: both('float32'), bfloat16: both('bfloat16') },
    torch: { kind: 'gru', sizes: [steps, batch, input, hidden] },
  };
}

function crossEntropyCase(rows: number, vocabulary: number): Case {
  const logits = random(rows, vocabulary);
  const labels = tf.tensor1d(
    Int32Array.from({ length: rows }, (_, row) => (row * 31) % vocabulary),
    'int32',
  );
  const labelType = attributes.type('Tlabels', dataTypes.int32);
  return {
    name: `cross-entropy ${rows} × ${vocabulary}`,
    sides: {
      float32: () => crossEntropy(logits, labels, { scale: 1 / rows }),
      TensorFlow: () =>
        runKernelForAll('SparseSoftmaxCrossEntropyWithLogits', [float, labelType], [logits, labels], 2),
    },
    torch: { kind: 'cross-entropy', sizes: [rows, vocabulary] },
  };
}

/** Parameters of one size, as many as a network of some layers has. */
function adamCases(millions: number): Case[] {
  const count = 16;
  const size = Math.round((millions * 1e6) / count);
  const parameters = Array.from({ length: count }, () => ({
    value: random(size),
    firstMoment: tf.zeros([size]),
    secondMoment: tf.zeros([size]),
    gradient: random(size),
  }));
  const gradients = parameters.map(({ gradient }) => gradient);
  return [
    {
      name: `Adam ${millions} million`,
      sides: { float32: () => applyAdam(parameters, { learningRate: 1e-4, step: 1 }) },
      torch: { kind: 'adam', sizes: [count, size] },
    },
    {
      name: `squared norm ${millions} million`,
      sides: {
        float32: () => squaredNorm(gradients),
        TensorFlow: () => gradients.map((gradient) => runKernel('L2Loss', [float], [gradient])),
      },
    },
  ];
}

/** Tensors of all cases together would not fit into the cache with each other; so each is made when it is its turn. */
export const cases: readonly (() => Case[])[] = [
  () => [productCase(1024, 1024, 1024)],
  () => [productCase(640, 1024, 2048)],
  () => [productCase(300, 512, 8000)],
  () => [productCase(640, 8000, 512, 'b')],
  () => [productCase(1024, 640, 2048, 'a')],
  () => [productCase(512, 256, 1024)],
  () => [productCase(64, 256, 1024)],
  () => [productCase(32, 512, 2048)],
  () => [productCase(32, 2048, 512)],
  () => lstmCases(8, 64, 256, 256),
  () => lstmCases(21, 32, 512, 512),
  () => lstmCases(1, 64, 512, 256),
  () => [gruCase(8, 64, 256, 256)],
  () => [crossEntropyCase(512, 2000)],
  () => [crossEntropyCase(363, 8000)],
  () => adamCases(2.8),
  () => adamCases(23.6),
];
