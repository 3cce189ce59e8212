/** Translating: a batch of sentences at once, one target token a step. */
import { InvalidInput, specialTokens } from '@honyaku/contracts';
import { statelessUniform } from './kernels.ts';
import type { LstmState } from './lstm.ts';
import {
  decoderStart,
  encoderLayers,
  eosRows,
  logitsOf,
  stackForward,
  timeMajor,
  type Weights,
} from './network.ts';
import { layers, type NetworkShape } from './parameters.ts';
import { randomKey } from './random-key.ts';
import type { Seq2Seq } from './seq2seq.ts';
import { type Tensor, tf } from './tensorflow.ts';

/** As many as the notebook gives before it stops a sentence that finds no end. */
const defaultMaxTokens = 100;

/** Picks a token for each row of the logits [batch, vocabulary] at a step of decoding. */
type Choose = (logits: Tensor, step: number) => Int32Array;

/**
 * The likeliest token at each step.
 * @param sources token ids, each with its final eos
 * @returns target ids without bos and eos
 * @throws InvalidInput for a source without its eos, or with an id that the vocabulary has not
 */
export function greedy(
  network: Seq2Seq,
  sources: readonly (readonly number[])[],
  { maxTokens = defaultMaxTokens }: { readonly maxTokens?: number } = {},
): number[][] {
  return decode(network, sources, maxTokens, (logits) => idsOf(logits.argMax(1))).map(withoutEos);
}

/**
 * Draws each token by its probability, as the notebook does with `decisive` off; `<unk>` is never drawn.
 * The draw is a function of the seed: by the Gumbel-max trick (Gumbel 1954), the argmax of logits plus noise.
 * @throws InvalidInput as `greedy` does
 */
export function sample(
  network: Seq2Seq,
  sources: readonly (readonly number[])[],
  { maxTokens = defaultMaxTokens, seed }: { readonly maxTokens?: number; readonly seed: number },
): number[][] {
  const vocabulary = network.shape.targetVocabulary;
  const mask = new Float32Array(vocabulary);
  mask[specialTokens.unk] = -Infinity;
  const choose: Choose = (logits, step) => {
    const uniform = statelessUniform(logits.shape, randomKey('sampling', seed, step));
    const noise = uniform.maximum(1e-20).log().neg().log().neg();
    return idsOf(logits.add(noise).add(tf.tensor1d(mask)).argMax(1));
  };
  return decode(network, sources, maxTokens, choose).map(withoutEos);
}

/** Target ids of each source, up to `limit`, with the eos where one was reached. */
export function decode(
  network: Seq2Seq,
  sources: readonly (readonly number[])[],
  limit: number,
  choose: Choose,
): number[][] {
  requireSources(sources, network.shape);
  if (sources.length === 0) return [];
  return network.withWeights((weights) => {
    const outputs = sources.map((): number[] => []);
    let states = tf.tidy(() => encode(network, sources, weights));
    let tokens = new Int32Array(sources.length).fill(specialTokens.bos);
    const open = new Set(sources.keys());
    for (let step = 0; step < limit && open.size > 0; step += 1) {
      const before = states;
      states = tf.tidy(() => {
        const { logits, after } = oneStep(network, tokens, before, weights);
        tokens = new Int32Array(choose(logits, step));
        return after;
      });
      disposeAll(before);
      for (const row of open) {
        const token = tokens[row] ?? specialTokens.eos;
        outputs[row]?.push(token);
        if (token === specialTokens.eos) open.delete(row);
      }
    }
    disposeAll(states);
    return outputs;
  });
}

/** @throws InvalidInput for a source without its eos, or with an id that the vocabulary has not */
function requireSources(sources: readonly (readonly number[])[], { sourceVocabulary }: NetworkShape): void {
  sources.forEach((source, row) => {
    if (source.at(-1) !== specialTokens.eos)
      throw new InvalidInput(`source ${row} does not end in eos, the id ${specialTokens.eos}`);
    const unknown = source.find((id) => !(Number.isInteger(id) && id >= 0 && id < sourceVocabulary));
    if (unknown !== undefined)
      throw new InvalidInput(`source ${row} has the id ${unknown}; ids go from 0 to ${sourceVocabulary - 1}`);
  });
}

function encode(network: Seq2Seq, sources: readonly (readonly number[])[], weights: Weights): LstmState[] {
  const time = Math.max(...sources.map((source) => source.length));
  const rows = Int32Array.from(
    sources.flatMap((source) => [
      ...source,
      ...new Array<number>(time - source.length).fill(specialTokens.pad),
    ]),
  );
  const tokens = timeMajor(rows, sources.length, time);
  const encoder = stackForward('encoder', tokens, encoderLayers(network.shape), [], weights, undefined);
  return decoderStart(encoder, eosRows(tokens));
}

function oneStep(
  { shape }: Seq2Seq,
  tokens: Int32Array,
  states: readonly LstmState[],
  weights: Weights,
): { logits: Tensor; after: LstmState[] } {
  const input = { time: 1, batch: tokens.length, ids: tokens };
  const decoder = stackForward('decoder', input, layers, states, weights, undefined);
  const top = decoder.layers.at(-1);
  if (!top) throw new RangeError('the decoder has no layers');
  // With `topState: 'zero'` the third layer carries no state from token to token either.
  const carried = shape.topState === 'carried' ? decoder.layers : decoder.layers.slice(0, 2);
  return {
    logits: logitsOf(top.out, weights),
    after: carried.map(({ lstm: { outputs } }) => ({ c: firstStep(outputs.cs), h: firstStep(outputs.h) })),
  };
}

/** [1, batch, hidden] → [batch, hidden] */
function firstStep(tensor: Tensor): Tensor {
  return tensor.reshape(tensor.shape.slice(1));
}

function idsOf(tensor: Tensor): Int32Array {
  return Int32Array.from(tensor.dataSync());
}

function withoutEos(ids: readonly number[]): number[] {
  return ids.filter((id) => id !== specialTokens.eos);
}

function disposeAll(states: readonly LstmState[]): void {
  for (const { c, h } of states) tf.dispose([c, h]);
}
