/** Random numbers that are a function of a key alone, the key of each draw, and dropout. */
import { createHash } from 'node:crypto';
import { dropout as nativeDropout } from '@honyaku/kernels';
import { attributes, dataTypes, runKernel, type Tensor, tf } from '@honyaku/kernels/tensorflow';
import { isNative } from './choice.ts';

/** Two numbers that key a stateless random kernel. */
export type RandomKey = readonly [number, number];

/**
 * The key of one random draw, from its purpose and place: `randomKey('dropout', seed, epoch, step, layer)`.
 * Nothing random has a state, so nothing has to be saved to go on exactly.
 */
export function randomKey(...place: readonly (string | number)[]): RandomKey {
  const digest = createHash('sha256').update(place.join('/')).digest();
  return [digest.readInt32LE(0), digest.readInt32LE(4)];
}

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

/** What is dropped at random in training, as shares from 0 to below 1. */
export interface DropoutRates {
  /** Of what each layer, or part of one, gives. */
  readonly units: number;
  /** Of the tokens, whose embeddings are zeroed. */
  readonly words: number;
  /** Of the attention's shares. */
  readonly attention: number;
  /** Of what the activations give. */
  readonly activation: number;
  /** Of the layers, which are skipped. */
  readonly layers: number;
}

/** The rates, those that are absent 0, and the place in training that decides what is dropped. */
export interface Dropout extends Partial<DropoutRates> {
  /** Such as seed, epoch and step. */
  readonly place: readonly number[];
}

/** What decides which elements of a tensor are dropped. */
export interface DropoutDraw {
  readonly rate: number;
  readonly key: RandomKey;
}

/**
 * @param of names the rate
 * @param where in the network; no two masks of one may have the same
 * @returns undefined where nothing is dropped
 */
export function dropoutDraw(
  dropout: Dropout | undefined,
  of: Exclude<keyof DropoutRates, 'layers'>,
  where: readonly (string | number)[],
): DropoutDraw | undefined {
  const rate = dropout?.[of] ?? 0;
  if (!dropout || rate === 0) return undefined;
  return { rate, key: randomKey('dropout', ...dropout.place, ...where) };
}

/**
 * Inverted dropout of tensors of one shape: what is kept is scaled up, so that nothing changes in expectation. Being
 * linear, it is its own gradient.
 * @param of as of `dropoutDraw`
 * @param where as of `dropoutDraw`
 */
export function dropoutOf(
  shape: readonly number[],
  dropout: Dropout | undefined,
  of: Exclude<keyof DropoutRates, 'layers'>,
  where: readonly (string | number)[],
): (x: Tensor) => Tensor {
  const draw = dropoutDraw(dropout, of, where);
  if (!draw) return (x) => x;
  if (isNative) return (x) => nativeDropout(x, draw);
  const { rate, key } = draw;
  const mask = tf.tidy(() =>
    tf
      .greaterEqual(statelessUniform(shape, key), rate)
      .cast('float32')
      .mul(1 / (1 - rate)),
  );
  return (x) => x.mul(mask);
}

/** Whether a layer is skipped for the whole batch (LayerDrop, Fan et al. 2020); what is kept is not scaled. */
export function isLayerSkipped({ layers = 0, place }: Dropout, where: readonly (string | number)[]): boolean {
  const [word] = randomKey('layer', ...place, ...where);
  return (word >>> 0) / 2 ** 32 < layers;
}

/**
 * Dropout of whole rows, each for itself: that of words, whose embeddings are zeroed and those of the others scaled up,
 * as Marian and Nematus do (Sennrich et al. 2016; Gal & Ghahramani 2016 drop a word wherever it stands in a sentence).
 * @returns a factor for each row, [rows, 1]; undefined where none is dropped
 */
export function wordFactors(
  rows: number,
  dropout: Dropout | undefined,
  where: readonly (string | number)[],
): Tensor | undefined {
  if (!dropout?.words) return undefined;
  return dropoutOf([rows, 1], dropout, 'words', ['words', ...where])(tf.ones([rows, 1]));
}
