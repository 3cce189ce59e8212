/** One side of the network: an embedding and recurrent layers, each with a residual connection and dropout. */
import { type Gradients } from '../gradients.ts';
import { addTwo, gatherRows, matMul } from '../../kernels/matrices.ts';
import { layerName, type RecurrentShape, type Side } from './shape.ts';
import { type Packing, reversal } from '../packing.ts';
import { linear } from '../linear.ts';
import { cells, embeddingName, skipLayer } from './parameters.ts';
import { type Dropout, dropoutOf, wordFactors } from '../../kernels/random.ts';
import { type Weights } from '../parameter.ts';
import { type LayerRun, type LayerState, type RecurrentCell } from './recurrent-cell.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';

interface LayersInput {
  readonly side: Side;
  readonly shape: RecurrentShape;
  readonly weights: Weights;
  /** Token ids at the packed positions. */
  readonly ids: Int32Array;
  /** Layers to run, from the first. */
  readonly depth: number;
  /** Joined to the first layer's input, [positions, hidden]. */
  readonly feed?: Tensor | undefined;
  readonly dropout: Dropout | undefined;
}

export interface StackInput extends LayersInput {
  readonly packing: Packing;
  /** Where each layer starts; from zero where undefined. */
  readonly starts: readonly (LayerState | undefined)[];
}

export interface StackRun {
  /** Of each layer, [positions, hidden]. */
  readonly outs: readonly Tensor[];
  readonly finals: () => LayerState[];
  /**
   * @param dOuts by each layer's output beyond its use in the layer above
   * @param dFinals by each layer's final state
   */
  readonly backward: (
    dOuts: readonly (Tensor | undefined)[],
    gradients: Gradients,
    dFinals?: readonly (LayerState | undefined)[],
  ) => { readonly dStarts: readonly LayerState[]; readonly dFeed: Tensor | undefined };
}

interface LayerOutput {
  /** [positions, hidden] */
  readonly out: Tensor;
}

interface Layer<Run extends LayerOutput> extends LayerOutput {
  readonly run: Run;
  readonly drop: (x: Tensor) => Tensor;
}

/**
 * The way forward, of training and of generation alike.
 * @param skipLinear maps the embedding past the first layer
 * @param layerAt runs a layer, counted from 0
 */
export function runLayers<Run extends LayerOutput>(
  { side, shape, weights, depth, feed, dropout, ids: tokens }: LayersInput,
  skipLinear: typeof linear,
  layerAt: (index: number, x: Tensor) => Run,
): {
  readonly ids: Tensor;
  readonly embedded: Tensor;
  readonly factors: Tensor | undefined;
  readonly layers: readonly Layer<Run>[];
} {
  const ids = tf.tensor1d(tokens, 'int32');
  const factors = wordFactors(tokens.length, dropout, [side]);
  const found = gatherRows(weights(embeddingName(side)), ids);
  const embedded = factors ? found.mul(factors) : found;
  let skip = shape.residual ? skipLinear(embedded, skipLayer(side), weights) : undefined;
  let x = feed ? tf.concat([embedded, feed], 1) : embedded;
  const layers: Layer<Run>[] = [];
  for (let index = 0; index < depth; index += 1) {
    const run = layerAt(index, x);
    const sum = skip ? addTwo(run.out, skip) : run.out;
    const drop = dropoutOf(sum.shape, dropout, 'units', [side, index + 1]);
    const out = drop(sum);
    layers.push({ run, drop, out });
    x = out;
    skip = shape.residual ? out : undefined;
  }
  return { ids, embedded, factors, layers };
}

export function runStack(input: StackInput): StackRun {
  const { side, shape, weights, feed } = input;
  const [embedding, skipping] = [embeddingName(side), skipLayer(side)];
  const { ids, embedded, factors, layers } = runLayers(input, linear, (index, x) =>
    runLayer(input, index, x),
  );

  return {
    outs: layers.map(({ out }) => out),
    finals: () => layers.map(({ run }) => run.final()),
    backward: (dOuts, gradients, dFinals = []) => {
      const dStarts: LayerState[] = [];
      let dBelow: Tensor | undefined;
      let dFeed: Tensor | undefined;
      for (let index = layers.length - 1; index >= 0; index -= 1) {
        const { run, drop, out } = itemAt(layers, index);
        const reaching = [dBelow, dOuts[index]].filter((gradient) => gradient !== undefined);
        const dOut = reaching.length > 0 ? sumOf(reaching) : tf.zerosLike(out);
        const dSum = drop(dOut);
        const { dX, dStart } = run.backward(dSum, gradients, dFinals[index]);
        dStarts[index] = dStart;
        if (index > 0) {
          dBelow = shape.residual ? addTwo(dX, dSum) : dX;
          continue;
        }
        const [dInput, fed] = feed ? tf.split(dX, [shape.embeddingSize, shape.hiddenSize], 1) : [dX];
        if (!dInput) throw new RangeError('no input');
        dFeed = fed;
        let dEmbedded = dInput;
        if (shape.residual) {
          gradients.addProduct(skipping.weight, dSum, embedded);
          gradients.addRows(skipping.bias, dSum);
          dEmbedded = addTwo(dInput, matMul(dSum, weights(skipping.weight)));
        }
        const dFound = factors ? dEmbedded.mul(factors) : dEmbedded;
        gradients.addLookup(embedding, dFound, ids, weights(embedding).shape[0] ?? 0);
      }
      return { dStarts, dFeed };
    },
  };
}

function runLayer({ side, shape, weights, packing, starts }: StackInput, index: number, x: Tensor): LayerRun {
  const cell = cells[shape.cell];
  const prefix = layerName(shape, side, index + 1);
  const bothWays = side === 'encoder' && shape.bidirectional;
  const hidden = bothWays ? shape.hiddenSize / 2 : shape.hiddenSize;
  const rows = packing.lengths.length;
  const start = starts[index] ?? zeroState(cell, rows, hidden);
  if (bothWays) return runBothWays(cell, prefix, x, packing, start, weights);
  return cell.run({ prefix, suffix: '' }, x, packing, start, weights);
}

/** Where a layer starts that carries nothing over. */
export function zeroState({ stateSize }: RecurrentCell, rows: number, hidden: number): LayerState {
  return Array.from({ length: stateSize }, () => tf.zeros([rows, hidden]));
}

function sumOf([first, ...others]: readonly Tensor[]): Tensor {
  if (first === undefined) throw new RangeError('nothing to add');
  return others.reduce(addTwo, first);
}

function itemAt<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index} of ${items.length}`);
  return item;
}

/**
 * A layer that reads each sentence both ways: half of its units forwards, half backwards (Schuster & Paliwal 1997).
 * @param start state of one direction; both start from it. `out` is [positions, 2 × its hidden units]
 */
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
