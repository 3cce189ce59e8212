/** Sizes and parts of the Transformer: all that decides which parameters it has, and how they are called. */
import type { TransformerSettings } from '@honyaku/contracts';
import type { TokenOrder } from './token-order.ts';

export interface TransformerShape extends Readonly<TransformerSettings> {
  readonly tokens: TokenOrder;
}

export const sides = ['encoder', 'decoder'] as const;
export type Side = (typeof sides)[number];

export function layersOf({ encoderLayers, decoderLayers }: TransformerShape, side: Side): number {
  return side === 'encoder' ? encoderLayers : decoderLayers;
}

/** Counts from 0, as the names do. */
export function layerName(side: Side, layer: number): string {
  return `model.${side}.layers.${layer}`;
}

/** The embedding of both sides, and the output layer. */
export const sharedWeight = 'model.shared.weight';
export const outputBias = 'final_logits_bias';
