/** The layers of both sides: attention and feed-forward parts, each followed by dropout, residual connection and norm. */
import type { Tensor } from '@honyaku/kernels/tensorflow';
import { addTwo } from '../../kernels/matrices.ts';
import { type Dropout, dropoutOf, isLayerSkipped } from '../../kernels/random.ts';
import type { Gradients } from '../gradients.ts';
import type { Weights } from '../parameter.ts';
import { type Placed, runAttention, runSelfAttention } from './attention.ts';
import { runFeedForward } from './feed-forward.ts';
import { runAddAndNorm } from './layer-norm.ts';
import { layerName, layersOf, type Side, type TransformerShape } from './shape.ts';

export interface StackInput extends Placed {
  readonly shape: TransformerShape;
  readonly weights: Weights;
  readonly dropout: Dropout | undefined;
  /** Of the attention of the positions to themselves. */
  readonly mask: Tensor;
  /** What the decoder's layers attend to as well. */
  readonly memory?: Placed;
}

export interface StackRun {
  /** [positions, width] */
  readonly out: Tensor;
  readonly backward: (
    dOut: Tensor,
    gradients: Gradients,
  ) => { readonly dX: Tensor; readonly dMemory: Tensor | undefined };
}

/** All layers of a side. */
export function runStack(side: Side, input: StackInput): StackRun {
  const { shape, dropout } = input;
  const runs: StackRun[] = [];
  let { x } = input;
  for (let layer = 0; layer < layersOf(shape, side); layer += 1) {
    const name = layerName(side, layer);
    if (dropout && isLayerSkipped(dropout, [name])) continue;
    const run = runLayer(name, { ...input, x });
    runs.push(run);
    x = run.out;
  }
  return {
    out: x,
    backward: (dOut, gradients) => {
      let dX = dOut;
      let dMemory: Tensor | undefined;
      for (const run of runs.toReversed()) {
        const below = run.backward(dX, gradients);
        dX = below.dX;
        dMemory = sumOf(dMemory, below.dMemory);
      }
      return { dX, dMemory };
    },
  };
}

function runLayer(name: string, input: StackInput): StackRun {
  const { x, places, shape, weights, dropout, mask, memory } = input;
  const looking = runPart(x, `${name}.self_attn_layer_norm`, input, (inner) =>
    runSelfAttention(`${name}.self_attn`, { x: inner, places }, mask, weights, dropout),
  );
  let dMemory: Tensor | undefined;
  const across =
    memory &&
    runPart(looking.out, `${name}.encoder_attn_layer_norm`, input, (inner) => {
      const run = runAttention(
        `${name}.encoder_attn`,
        { x: inner, places },
        memory,
        memory.places.mask,
        weights,
        dropout,
      );
      return {
        out: run.out,
        backward: (dOut, gradients) => {
          const back = run.backward(dOut, gradients);
          ({ dMemory } = back);
          return back.dQueries;
        },
      };
    });
  const forward = runPart((across ?? looking).out, `${name}.final_layer_norm`, input, (inner) =>
    runFeedForward(inner, name, shape, weights, dropout),
  );
  return {
    out: forward.out,
    backward: (dOut, gradients) => {
      const dAcross = forward.backward(dOut, gradients);
      const dLooking = across ? across.backward(dAcross, gradients) : dAcross;
      return { dX: looking.backward(dLooking, gradients), dMemory };
    },
  };
}

/** A part of a layer from its input to the gradient by that. */
interface PartRun {
  /** [positions, width] */
  readonly out: Tensor;
  readonly backward: (dOut: Tensor, gradients: Gradients) => Tensor;
}

/** norm(x + dropout(part(x))) @param norm the name of its parameters */
function runPart(
  x: Tensor,
  norm: string,
  { weights, dropout }: Pick<StackInput, 'weights' | 'dropout'>,
  part: (x: Tensor) => PartRun,
): PartRun {
  const branch = part(x);
  const drop = dropoutOf(branch.out.shape, dropout, 'units', [norm]);
  const sum = runAddAndNorm(x, drop(branch.out), norm, weights);
  return {
    out: sum.out,
    backward: (dOut, gradients) => {
      const dSum = sum.backward(dOut, gradients);
      return addTwo(dSum, branch.backward(drop(dSum), gradients));
    },
  };
}

function sumOf(a: Tensor | undefined, b: Tensor | undefined): Tensor | undefined {
  return a && b ? addTwo(a, b) : (a ?? b);
}
