/**
 * One translation of each of many sentences: a batch at once, a token a step, the likeliest token or one drawn by
 * its probability, without the sentences that have ended.
 */
import { InvalidInput, specialTokens } from '@honyaku/contracts';
import { randomKey } from '../kernels/random.ts';
import { likeliestTokens, withoutTokens } from '../kernels/top-tokens.ts';
import type { Tensor } from '@honyaku/kernels/tensorflow';
import type { Decoding } from '../networks/decoding-rows.ts';
import type { Seq2Seq } from '../seq2seq/seq2seq.ts';
import {
  batchesByLength,
  defaultMaxTokens,
  itemAt,
  itemsAt,
  limitsOf,
  requireInteger,
  requireNotNegative,
  requireSources,
  rowsAtOnce,
  type TokenLimits,
  withDecoding,
} from './input.ts';
import { atTemperature, draw, likeliest } from './token-filters.ts';

export interface DecodingOptions {
  readonly maxTokens?: TokenLimits;
}

export interface SamplingOptions extends DecodingOptions {
  readonly seed: number;
  /** The logits' divisor, 0 or more: below 1 likely tokens get likelier, and 0 is the likeliest of all. */
  readonly temperature?: number;
  /** Only so many likeliest tokens may be drawn; 0 stands for all. */
  readonly topK?: number;
  /** Only the fewest likeliest tokens that have this probability together may be drawn; above 0, up to 1. */
  readonly topP?: number;
}

/**
 * The likeliest token at each step; `<unk>` may be one. A sentence's translation doesn't depend on the others,
 * up to ties within the rounding of float32.
 * @param sources token ids, each with its final eos; any number of them
 * @returns target ids without bos and eos, in the order of the sources
 * @throws InvalidInput for a source without its eos or with an id that the vocabulary has not, or a wrong option
 */
export function greedy(
  network: Seq2Seq,
  sources: readonly (readonly number[])[],
  { maxTokens = defaultMaxTokens }: DecodingOptions = {},
): number[][] {
  const { neverGenerated } = network.architecture;
  return decode(network, sources, maxTokens, (logits) => likeliestTokens(logits, neverGenerated)).map(
    withoutEos,
  );
}

/**
 * Draws each token by its probability, as the notebook does with `decisive` off; `<unk>` is never drawn. The
 * temperature comes first, then `topK`, then `topP`. A draw is a function of the seed, the sentence's place in
 * `sources`, the step and the sentence's own logits: the other sentences have no part in it, and the same
 * sentence twice is drawn twice.
 * @returns target ids without bos and eos, in the order of the sources
 * @throws InvalidInput as `greedy` does
 */
export function sample(
  network: Seq2Seq,
  sources: readonly (readonly number[])[],
  { maxTokens = defaultMaxTokens, seed, temperature = 1, topK = 0, topP = 1 }: SamplingOptions,
): number[][] {
  requireNotNegative('temperature', temperature);
  requireInteger('topK', topK, 0);
  if (!(topP > 0 && topP <= 1))
    throw new InvalidInput(`topP is ${topP}; a number above 0 and up to 1 is allowed`);
  const excluded = [specialTokens.unk, ...network.architecture.neverGenerated];
  const choose: Choose = (logits, step, rows) => {
    const known = withoutTokens(logits, excluded);
    if (temperature === 0) return idsOf(known.argMax(1));
    const scaled = atTemperature(known, temperature);
    const keys = rows.map((row) => randomKey('sampling', seed, row, step));
    if (topK === 0 && topP === 1) return idsOf(draw(scaled, keys));
    const candidates = likeliest(scaled, topK, topP);
    const drawn = draw(candidates.logits, keys).expandDims(1);
    return idsOf(candidates.ids.gather(drawn, 1, 1));
  };
  return decode(network, sources, maxTokens, choose).map(withoutEos);
}

function idsOf(tensor: Tensor): Int32Array {
  return Int32Array.from(tensor.dataSync());
}

function withoutEos(ids: readonly number[]): number[] {
  return ids.filter((id) => id !== specialTokens.eos);
}

/** Finished rows are dropped once at most this share of the rows is unfinished: dropping copies the others. */
const openShare = 0.8;

/**
 * Picks a token for each row of the logits [rows, vocabulary] at a step of decoding, which counts from 0.
 * @param sources the index of each row's source in the caller's list
 */
type Choose = (logits: Tensor, step: number, sources: readonly number[]) => Int32Array;

/**
 * Target ids of each source, up to its limit, with the eos where one was reached. Sources of like length run
 * together, so the caller may pass any number.
 * @throws InvalidInput for a source without its eos or with an id that the vocabulary has not, or a limit below 1
 */
export function decode(
  network: Seq2Seq,
  sources: readonly (readonly number[])[],
  maxTokens: TokenLimits,
  choose: Choose,
): number[][] {
  requireSources(sources, network.architecture);
  const limits = limitsOf(sources, maxTokens);
  const outputs = sources.map((): number[] => []);
  const lengths = sources.map((source) => source.length);
  network.withWeights((weights) => {
    for (const batch of batchesByLength(lengths, () => rowsAtOnce)) {
      withDecoding(itemsAt(sources, batch), network.architecture, weights, (decoding) =>
        decodeBatch(decoding, batch, outputs, limits, choose),
      );
    }
  });
  return outputs;
}

function decodeBatch(
  decoding: Decoding,
  batch: readonly number[],
  outputs: readonly number[][],
  limits: readonly number[],
  choose: Choose,
): void {
  let running = batch;
  let tokens = new Int32Array(batch.length).fill(specialTokens.bos);
  const open = new Set(batch);
  for (let step = 0; open.size > 0; step += 1) {
    const chosen = decoding.step(tokens, ({ scores }) => choose(scores(), step, running));
    running.forEach((source, row) => {
      if (!open.has(source)) return;
      const token = chosen[row] ?? specialTokens.eos;
      const output = itemAt(outputs, source);
      output.push(token);
      if (token === specialTokens.eos || output.length >= itemAt(limits, source)) open.delete(source);
    });
    if (open.size === 0) return;
    tokens = new Int32Array(chosen);
    if (open.size > running.length * openShare) continue;
    const kept = Int32Array.from(running.keys()).filter((row) => open.has(running[row] ?? -1));
    decoding.select(kept);
    running = itemsAt(running, [...kept]);
    tokens = kept.map((row) => chosen[row] ?? specialTokens.eos);
  }
}
