/** The decoder: over a whole batch of known targets at once or, where a step needs the one before, step by step. */
import { attend, type Memory } from './attention.ts';
import type { Gradients } from '../gradients.ts';
import { addAll, addTwo, sliceRows, withZeroRows } from '../../kernels/matrices.ts';
import { carriedLayers } from './encoder.ts';
import type { RecurrentShape } from './shape.ts';
import { type Packing, packStep, stepOf } from '../packing.ts';
import type { Dropout } from '../../kernels/random.ts';
import type { Weights } from '../parameter.ts';
import type { LayerState } from './recurrent-cell.ts';
import { runStack } from './stack.ts';
import { type Tensor, tf } from '@honyaku/kernels/tensorflow';

/** The state between two calls of the decoder, a row for each sentence. */
export interface DecoderState {
  readonly layers: readonly LayerState[];
  /** Output of the attention at the step before, [rows, hidden]. */
  readonly feed: Tensor | undefined;
}

export interface DecoderRun {
  /** What the output layer takes, [positions, hidden]. */
  readonly out: Tensor;
  /** Of the attention, as `AttentionRun` has them. */
  readonly shares: Tensor | undefined;
  /** After the last time step; only of rows of equal length. */
  readonly after: () => DecoderState;
  readonly backward: (
    dOut: Tensor,
    gradients: Gradients,
    dAfter?: DecoderState,
  ) => { readonly dState: DecoderState; readonly dEncoded: Tensor | undefined };
}

export interface DecoderInput {
  readonly packing: Packing;
  readonly ids: Int32Array;
  readonly state: DecoderState;
  readonly memory: Memory | undefined;
  readonly shape: RecurrentShape;
  readonly weights: Weights;
  readonly dropout: Dropout | undefined;
}

/** The state before the first token. */
export function firstState(
  starts: readonly LayerState[],
  { inputFeeding, hiddenSize }: RecurrentShape,
  rows: number,
): DecoderState {
  return { layers: starts, feed: inputFeeding ? tf.zeros([rows, hiddenSize]) : undefined };
}

/** The state that the next call starts from: with `topState: 'zero'` the last layer carries nothing over. */
export function carriedOver({ layers, feed }: DecoderState, shape: RecurrentShape): DecoderState {
  return { layers: layers.slice(0, carriedLayers(shape)), feed };
}

/** All positions at once; with input feeding only one time step. */
export function runDecoder(input: DecoderInput): DecoderRun {
  const { packing, ids, state, memory, shape, weights, dropout } = input;
  const stack = runStack({
    side: 'decoder',
    shape,
    weights,
    packing,
    ids,
    depth: shape.layers,
    starts: state.layers,
    feed: state.feed,
    dropout,
  });
  const top = stack.outs.at(-1);
  if (!top) throw new RangeError('the decoder has no layers');
  const attention = memory && attend(top, packing, memory, shape, weights);
  const out = attention?.out ?? top;
  return {
    out,
    shares: attention?.shares,
    after: () => ({ layers: stack.finals(), feed: shape.inputFeeding ? out : undefined }),
    backward: (dOut, gradients, dAfter) => {
      const rows = out.shape[0] ?? 0;
      const dAll = dAfter?.feed ? addTwo(dOut, withZeroRows(dAfter.feed, rows)) : dOut;
      const through = attention?.backward(dAll, gradients);
      const dOuts = stack.outs.map((_, layer) =>
        layer === stack.outs.length - 1 ? (through?.dQuery ?? dAll) : undefined,
      );
      const { dStarts, dFeed } = stack.backward(dOuts, gradients, dAfter?.layers);
      return { dState: { layers: dStarts, feed: dFeed }, dEncoded: through?.dEncoded };
    },
  };
}

/** The same one time step after the other, each fed with the attention of the one before. */
export function runDecoderByStep(input: DecoderInput): Pick<DecoderRun, 'out' | 'backward'> {
  const { packing, ids, shape, dropout } = input;
  const steps: { run: DecoderRun; rows: number; offset: number }[] = [];
  let state = input.state;
  for (let time = 0; time < (packing.lengths[0] ?? 0); time += 1) {
    const { rows, offset } = stepOf(packing, time);
    const run = runDecoder({
      ...input,
      packing: packStep(rows),
      ids: ids.subarray(offset, offset + rows),
      state: firstOf(state, rows),
      dropout: dropout && { ...dropout, place: [...dropout.place, time] },
    });
    steps.push({ run, rows, offset });
    state = run.after();
  }
  return {
    out: tf.concat(
      steps.map(({ run }) => run.out),
      0,
    ),
    backward: (dOut, gradients) => {
      const dEncoded: Tensor[] = [];
      let dState: DecoderState | undefined;
      for (const { run, rows, offset } of [...steps].reverse()) {
        const before = run.backward(sliceRows(dOut, offset, rows), gradients, dState);
        if (before.dEncoded) dEncoded.push(before.dEncoded);
        dState = before.dState;
      }
      if (!dState) throw new RangeError(`no time steps for ${shape.layers} layers`);
      return { dState, dEncoded: dEncoded.length > 0 ? addAll(dEncoded) : undefined };
    },
  };
}

function firstOf({ layers, feed }: DecoderState, rows: number): DecoderState {
  const first = (tensor: Tensor) => sliceRows(tensor, 0, rows);
  return { layers: layers.map((layer) => layer.map(first)), feed: feed && first(feed) };
}
