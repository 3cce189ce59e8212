/** The layers of both sides: attention and feed-forward parts, each followed by dropout, residual connection and norm. */
import type { Tensor } from '@honyaku/kernels/tensorflow';
import { type Dropout, isLayerSkipped } from '../../kernels/random.ts';
import type { Gradients } from '../gradients.ts';
import type { Weights } from '../parameter.ts';
import { type AttentionRun, type Placed, runAttention } from './attention.ts';
import { runFeedForward } from './feed-forward.ts';
import { runAddAndNorm } from './layer-norm.ts';
import { layerName, layersOf, type Side, type TransformerShape } from './shape.ts';

export interface StackInput extends Placed {
  readonly shape: TransformerShape;
  readonly weights: Weights;
  readonly dropout: Dropout | undefined;
  /** Whether positions see none after themselves. */
  readonly causal: boolean;
  /** What the decoder's layers attend to as well. */
  readonly memory?: Placed;
}

export interface StackRun {
  /** [positions, width] */
  readonly out: Tensor;
  readonly backward: (dOut: Tensor, gradients: Gradients) => StackGradients;
}

interface StackGradients {
  readonly dX: Tensor;
  readonly dMemory: Tensor | undefined;
}

interface LayerRun {
  readonly out: Tensor;
  /** @param dMemory what the layers above have come to */
  readonly backward: (dOut: Tensor, gradients: Gradients, dMemory: Tensor | undefined) => StackGradients;
}

/** All layers of a side. */
export function runStack(side: Side, input: StackInput): StackRun {
  const { shape, dropout } = input;
  const runs: LayerRun[] = [];
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
    backward: (dOut, gradients) =>
      runs
        .toReversed()
        .reduce<StackGradients>(({ dX, dMemory }, run) => run.backward(dX, gradients, dMemory), {
          dX: dOut,
          dMemory: undefined,
        }),
  };
}

function runLayer(name: string, input: StackInput): LayerRun {
  const { x, places, shape, weights, dropout, causal, memory } = input;
  const looking = runPart(x, `${name}.self_attn_layer_norm`, input, (inner) => {
    const own = { x: inner, places };
    const run = runAttention(`${name}.self_attn`, { queries: own, memory: own, causal, weights, dropout });
    return {
      out: run.out,
      backward: (dOut, gradients, plus) => {
        const { dQueries, toMemory } = run.backward(dOut, gradients, plus);
        return toMemory(dQueries);
      },
    };
  });
  let toMemory: ReturnType<AttentionRun['backward']>['toMemory'] | undefined;
  const across =
    memory &&
    runPart(looking.out, `${name}.encoder_attn_layer_norm`, input, (inner) => {
      const queries = { x: inner, places };
      const run = runAttention(`${name}.encoder_attn`, { queries, memory, causal: false, weights, dropout });
      return {
        out: run.out,
        backward: (dOut, gradients, plus) => {
          const back = run.backward(dOut, gradients, plus);
          ({ toMemory } = back);
          return back.dQueries;
        },
      };
    });
  const forward = runPart((across ?? looking).out, `${name}.final_layer_norm`, input, (inner) =>
    runFeedForward(inner, name, shape, weights, dropout),
  );
  return {
    out: forward.out,
    backward: (dOut, gradients, dMemory) => {
      const dAcross = forward.backward(dOut, gradients);
      const dLooking = across ? across.backward(dAcross, gradients) : dAcross;
      return { dX: looking.backward(dLooking, gradients), dMemory: toMemory ? toMemory(dMemory) : dMemory };
    },
  };
}

/** What a part of a layer makes of its input. */
interface BranchRun {
  /** [positions, width] */
  readonly out: Tensor;
  /** @returns the gradient by the input, plus another one */
  readonly backward: (dOut: Tensor, gradients: Gradients, plus: Tensor) => Tensor;
}

/** norm(x + dropout(part(x))) @param norm the name of its parameters */
function runPart(
  x: Tensor,
  norm: string,
  { weights, dropout }: Pick<StackInput, 'weights' | 'dropout'>,
  part: (x: Tensor) => BranchRun,
): { readonly out: Tensor; readonly backward: (dOut: Tensor, gradients: Gradients) => Tensor } {
  const branch = part(x);
  const sum = runAddAndNorm({ x, branch: branch.out, name: norm, weights, dropout });
  return {
    out: sum.out,
    backward: (dOut, gradients) => {
      const { dX, dBranch } = sum.backward(dOut, gradients);
      return branch.backward(dBranch, gradients, dX);
    },
  };
}
