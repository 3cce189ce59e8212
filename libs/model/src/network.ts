/**
 * The notebook's network: an encoder and a decoder, each an embedding and three LSTM layers with a residual
 * connection and dropout around each. The decoder's layer k starts from the encoder's layer k at the source's
 * eos; its third layer from zero, with `topState: 'zero'`. Everything is time-major: row t·batch + b.
 */
import { type Batch, specialTokens } from '@honyaku/contracts';
import { gatherRows, matMul, scatterAddRows, statelessUniform } from './kernels.ts';
import { lstmBackward, lstmForward, type LstmState, type LstmTape } from './lstm.ts';
import { type Layer, layers, type NetworkShape, type Side } from './parameters.ts';
import { randomKey } from './random-key.ts';
import { type Tensor, tf } from './tensorflow.ts';

/** Reads a parameter's value, `encoder.lstm1.kernel`. */
export type Weights = (name: string) => Tensor;

/** The share of units that is dropped and the place in training that keys which; absent where nothing is dropped. */
export interface Dropout {
  readonly rate: number;
  readonly seed: number;
  readonly epoch: number;
  readonly step: number;
}

/** Token ids of one side, time-major. */
export interface Tokens {
  readonly time: number;
  readonly batch: number;
  /** [time·batch] */
  readonly ids: Int32Array;
}

interface LayerTape {
  readonly layer: Layer;
  readonly lstm: LstmTape;
  /** [time·batch, hidden], or none without dropout. */
  readonly mask: Tensor | undefined;
  /** The layer's output after residual and dropout, [time·batch, hidden]. */
  readonly out: Tensor;
}

export interface StackTape {
  readonly side: Side;
  readonly tokens: Tokens;
  readonly ids: Tensor;
  /** [time·batch, embed] */
  readonly embedded: Tensor;
  readonly layers: readonly LayerTape[];
}

/** Turns a row-major rectangle [batch, time] into time-major ids. */
export function timeMajor(rows: Int32Array, batch: number, time: number): Tokens {
  const ids = new Int32Array(rows.length);
  for (let b = 0; b < batch; b += 1) {
    for (let t = 0; t < time; t += 1) ids[t * batch + b] = rows[b * time + t] ?? specialTokens.pad;
  }
  return { time, batch, ids };
}

/** Layers whose encoder output the decoder uses: without the third, nothing above the second is computed. */
export function encoderLayers({ topState }: NetworkShape): readonly Layer[] {
  return topState === 'carried' ? layers : layers.slice(0, 2);
}

/** Runs the layers of one side. @param states where each layer starts; zero where undefined */
export function stackForward(
  side: Side,
  tokens: Tokens,
  which: readonly Layer[],
  states: readonly (LstmState | undefined)[],
  weights: Weights,
  dropout: Dropout | undefined,
): StackTape {
  const { time, batch } = tokens;
  const ids = tf.tensor1d(tokens.ids, 'int32');
  const embedded = gatherRows(weights(`${side}.embedding.weight`), ids);
  let skip = matMul(embedded, weights(`${side}.fc_skip.weight`), { b: true }).add(
    weights(`${side}.fc_skip.bias`),
  );
  let x = embedded;
  const hidden = skip.shape[1] ?? 0;
  const tapes = which.map((layer, index): LayerTape => {
    const start = states[index] ?? { c: tf.zeros([batch, hidden]), h: tf.zeros([batch, hidden]) };
    const lstm = lstmForward(x.reshape([time, batch, x.shape[1] ?? 0]), start, {
      kernel: weights(`${side}.lstm${layer}.kernel`),
      bias: weights(`${side}.lstm${layer}.bias_ih_l0`).add(weights(`${side}.lstm${layer}.bias_hh_l0`)),
    });
    const sum = lstm.outputs.h.reshape([time * batch, hidden]).add(skip);
    const mask = dropout && dropoutMask(sum.shape, side, layer, dropout);
    const out = mask ? sum.mul(mask) : sum;
    x = skip = out;
    return { layer, lstm, mask, out };
  });
  return { side, tokens, ids, embedded, layers: tapes };
}

/** Inverted dropout: what is kept is scaled up, so that nothing changes in expectation. */
function dropoutMask(shape: readonly number[], side: Side, layer: Layer, dropout: Dropout): Tensor {
  const { rate, seed, epoch, step } = dropout;
  const key = randomKey('dropout', seed, epoch, step, side, layer);
  return tf.tidy(() =>
    tf
      .greaterEqual(statelessUniform(shape, key), rate)
      .cast('float32')
      .mul(1 / (1 - rate)),
  );
}

/**
 * @param dOuts gradients by each layer's output beyond its use in the layer above, [time·batch, hidden]
 * @param add takes the gradient of each parameter
 * @returns gradients by each layer's starting h, [batch, hidden]
 */
export function stackBackward(
  tape: StackTape,
  dOuts: readonly (Tensor | undefined)[],
  weights: Weights,
  add: (name: string, gradient: Tensor) => void,
): Tensor[] {
  const { side, embedded, tokens } = tape;
  const rows = tokens.time * tokens.batch;
  const dStates: Tensor[] = [];
  let above: Tensor | undefined;
  let dEmbedded: Tensor | undefined;
  for (let index = tape.layers.length - 1; index >= 0; index -= 1) {
    const { layer, lstm, mask } = itemAt(tape.layers, index);
    const own = dOuts[index];
    const dOut = above && own ? above.add(own) : (above ?? own);
    if (dOut === undefined) throw new RangeError(`no gradient reaches ${side} layer ${layer}`);
    const dSum = mask ? dOut.mul(mask) : dOut;
    const hidden = dSum.shape[1] ?? 0;
    const gradients = lstmBackward(lstm, dSum.reshape([tokens.time, tokens.batch, hidden]));
    add(`${side}.lstm${layer}.kernel`, gradients.dKernel);
    add(`${side}.lstm${layer}.bias_ih_l0`, gradients.dBias);
    add(`${side}.lstm${layer}.bias_hh_l0`, gradients.dBias);
    dStates[index] = gradients.dH0;
    const dX = gradients.dX.reshape([rows, gradients.dX.shape[2] ?? 0]);
    if (index > 0) above = dX.add(dSum);
    else {
      add(`${side}.fc_skip.weight`, matMul(dSum, embedded, { a: true }));
      add(`${side}.fc_skip.bias`, dSum.sum(0));
      dEmbedded = dX.add(matMul(dSum, weights(`${side}.fc_skip.weight`)));
    }
  }
  if (dEmbedded) {
    const vocabulary = weights(`${side}.embedding.weight`).shape[0] ?? 0;
    add(`${side}.embedding.weight`, scatterAddRows(dEmbedded, tape.ids, vocabulary));
  }
  return dStates;
}

/** The row of each sentence's eos in a time-major stack; its last position where there is none. [batch] */
export function eosRows({ time, batch, ids }: Tokens): Tensor {
  const rows = Int32Array.from({ length: batch }, (_, b) => {
    for (let t = 0; t < time; t += 1) if (ids[t * batch + b] === specialTokens.eos) return t * batch + b;
    return (time - 1) * batch + b;
  });
  return tf.tensor1d(rows, 'int32');
}

/** What the decoder starts from: the encoder's outputs at eos as h, and zero as c. */
export function decoderStart(encoder: StackTape, eos: Tensor): LstmState[] {
  return encoder.layers.map(({ out }) => {
    const h = gatherRows(out, eos);
    return { h, c: tf.zerosLike(h) };
  });
}

/** Logits of some rows of the decoder's last layer. [rows, hidden] → [rows, vocabulary] */
export function logitsOf(top: Tensor, weights: Weights): Tensor {
  return matMul(top, weights('decoder.fc.weight'), { b: true }).add(weights('decoder.fc.bias'));
}

export interface NetworkTape {
  readonly encoder: StackTape;
  readonly decoder: StackTape;
  readonly eos: Tensor;
}

/** Encoder and decoder over a batch; the decoder's last layer is what `logitsOf` takes. */
export function networkForward(
  batch: Batch,
  shape: NetworkShape,
  weights: Weights,
  dropout?: Dropout,
): NetworkTape {
  const source = timeMajor(batch.source, batch.size, batch.sourceLength);
  const target = timeMajor(batch.decoderInput, batch.size, batch.targetLength);
  const encoder = stackForward('encoder', source, encoderLayers(shape), [], weights, dropout);
  const eos = eosRows(source);
  const decoder = stackForward('decoder', target, layers, decoderStart(encoder, eos), weights, dropout);
  return { encoder, decoder, eos };
}

/** The gradients of all parameters, from that by the decoder's last layer [time·batch, hidden]. */
export function networkBackward(
  { encoder, decoder, eos }: NetworkTape,
  dTop: Tensor,
  weights: Weights,
  add: (name: string, gradient: Tensor) => void,
): void {
  const dStarts = stackBackward(decoder, [undefined, undefined, dTop], weights, add);
  const rows = encoder.tokens.time * encoder.tokens.batch;
  const dOuts = encoder.layers.map((_, index) => scatterAddRows(itemAt(dStarts, index), eos, rows));
  stackBackward(encoder, dOuts, weights, add);
}

/** Output of the decoder's last layer, [time·batch, hidden]. */
export function topOf({ decoder }: NetworkTape): Tensor {
  return itemAt(decoder.layers, layers.length - 1).out;
}

function itemAt<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index} of ${items.length}`);
  return item;
}
