/** The interface of LSTM and GRU: a layer over packed sentences, forward and backward. */
import type { Gradients } from '../gradients.ts';
import type { Packing } from '../packing.ts';
import type { ParameterSpec, Weights } from '../parameter.ts';
import type { Tensor } from '@honyaku/kernels/tensorflow';

/** State of a layer between two time steps, each [rows, hidden]: h, and c of an LSTM. */
export type LayerState = readonly Tensor[];

/** The names of a layer's parameters begin with `prefix` and end with `suffix`. */
export interface CellName {
  readonly prefix: string;
  readonly suffix: '' | '_reverse';
}

export interface LayerRun {
  /** [positions, hidden] */
  readonly out: Tensor;
  /** After the last time step; only of rows of equal length. */
  readonly final: () => LayerState;
  /**
   * @param dOut by `out`
   * @param dFinal by `final`, of its first rows; the rest is zero
   */
  readonly backward: (
    dOut: Tensor,
    gradients: Gradients,
    dFinal?: LayerState,
  ) => { readonly dX: Tensor; readonly dStart: LayerState };
}

export interface RecurrentCell {
  /** Tensors of a state. */
  readonly stateSize: 1 | 2;
  readonly parameters: (name: CellName, input: number, hidden: number) => ParameterSpec[];
  /**
   * @param x [positions, input]
   * @param start state of all rows before the first time step
   */
  readonly run: (
    name: CellName,
    x: Tensor,
    packing: Packing,
    start: LayerState,
    weights: Weights,
  ) => LayerRun;
  /** One time step without a way back. @param x [rows, input] */
  readonly step: (name: CellName, x: Tensor, start: LayerState, weights: Weights) => LayerState;
}
