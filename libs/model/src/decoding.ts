/** Translating: a batch of sentences at once, one target token a step. */
import { InvalidInput, specialTokens } from '@honyaku/contracts';
import type { Memory } from './attention.ts';
import { carriedOver, type DecoderState, firstState, logitsOf, runDecoder } from './decoder.ts';
import { runEncoder } from './encoder.ts';
import { statelessUniform } from './kernels.ts';
import type { NetworkShape } from './network-shape.ts';
import { packStep } from './packing.ts';
import { randomKey } from './random-key.ts';
import type { Weights } from './recurrent-cell.ts';
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
    const start = encode(sources, network.shape, weights);
    const { memory } = start;
    let state = start.first;
    let tokens = new Int32Array(sources.length).fill(specialTokens.bos);
    const open = new Set(sources.keys());
    for (let step = 0; step < limit && open.size > 0; step += 1) {
      const before = state;
      state = keeping(stateTensors, () => {
        const { logits, after } = decoderStep(tokens, before, memory, network.shape, weights);
        tokens = new Int32Array(choose(logits, step));
        return after;
      });
      disposeState(before);
      for (const row of open) {
        const token = tokens[row] ?? specialTokens.eos;
        outputs[row]?.push(token);
        if (token === specialTokens.eos) open.delete(row);
      }
    }
    disposeState(state);
    disposeMemory(memory);
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

/** The decoder's state before the first token, and what it attends to; a row for each source, in their order. */
export function encode(
  sources: readonly (readonly number[])[],
  shape: NetworkShape,
  weights: Weights,
): { first: DecoderState; memory: Memory | undefined } {
  const width = Math.max(...sources.map((source) => source.length));
  const ids = new Int32Array(sources.length * width).fill(specialTokens.pad);
  sources.forEach((source, row) => ids.set(source, row * width));
  const rows = Int32Array.from(sources.keys());
  return keeping(
    ({ first, memory }) => [...stateTensors(first), ...memoryTensors(memory)],
    () => {
      const { starts, memory } = runEncoder(
        { ids, batch: sources.length, width },
        rows,
        shape,
        weights,
        undefined,
      );
      return { first: firstState(starts, shape, sources.length), memory };
    },
  );
}

/** One token of each row: logits of the next [rows, vocabulary], the state after it, and the attention's shares. */
export function decoderStep(
  tokens: Int32Array,
  state: DecoderState,
  memory: Memory | undefined,
  shape: NetworkShape,
  weights: Weights,
): { logits: Tensor; after: DecoderState; shares: Tensor | undefined } {
  const packing = packStep(tokens.length);
  const run = runDecoder({ packing, ids: tokens, state, memory, shape, weights, dropout: undefined });
  return {
    logits: logitsOf(run.out, shape, weights),
    after: carriedOver(run.after(), shape),
    shares: run.shares,
  };
}

function idsOf(tensor: Tensor): Int32Array {
  return Int32Array.from(tensor.dataSync());
}

function withoutEos(ids: readonly number[]): number[] {
  return ids.filter((id) => id !== specialTokens.eos);
}

/** Runs it in a tidy scope, which tfjs's types know for plain containers alone, and keeps what it names. */
export function keeping<Result>(tensorsOf: (result: Result) => Tensor[], run: () => Result): Result {
  const box: { result?: { readonly value: Result } } = {};
  tf.tidy(() => {
    const value = run();
    box.result = { value };
    return tensorsOf(value);
  });
  if (!box.result) throw new RangeError('nothing was run');
  return box.result.value;
}

export function stateTensors({ layers, feed }: DecoderState): Tensor[] {
  return [...layers.flat(), ...(feed ? [feed] : [])];
}

export function memoryTensors(memory: Memory | undefined): Tensor[] {
  return memory ? [memory.encoded, memory.mask] : [];
}

export function disposeState(state: DecoderState): void {
  tf.dispose(stateTensors(state));
}

export function disposeMemory(memory: Memory | undefined): void {
  tf.dispose(memoryTensors(memory));
}
