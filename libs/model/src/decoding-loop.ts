/** Generation of one translation a sentence: a batch at once, a token a step, without the sentences that have ended. */
import { specialTokens } from '@honyaku/contracts';
import {
  batchesByLength,
  itemAt,
  itemsAt,
  requireInteger,
  requireSources,
  rowsAtOnce,
} from './decoding-input.ts';
import { DecodingRows } from './decoding-rows.ts';
import type { Seq2Seq } from './seq2seq.ts';
import type { Tensor } from './tensorflow.ts';

/** Rows leave the batch when this share of it or less is still open: to gather the others costs a copy. */
const openShare = 0.8;

/**
 * Picks a token for each row of the logits [rows, vocabulary] at a step of decoding, which counts from 0.
 * @param sources the index of each row's source in the caller's list
 */
export type Choose = (logits: Tensor, step: number, sources: readonly number[]) => Int32Array;

/**
 * Target ids of each source, up to `limit`, with the eos where one was reached. Sources of like length run
 * together, so the caller may pass any number.
 * @throws InvalidInput for a source without its eos or with an id that the vocabulary has not, or a limit below 1
 */
export function decode(
  network: Seq2Seq,
  sources: readonly (readonly number[])[],
  limit: number,
  choose: Choose,
): number[][] {
  requireSources(sources, network.shape);
  requireInteger('maxTokens', limit, 1);
  const outputs = sources.map((): number[] => []);
  const lengths = sources.map((source) => source.length);
  network.withWeights((weights) => {
    for (const batch of batchesByLength(lengths, () => rowsAtOnce)) {
      DecodingRows.with(itemsAt(sources, batch), network.shape, weights, (rows) =>
        decodeBatch(rows, batch, outputs, limit, choose),
      );
    }
  });
  return outputs;
}

function decodeBatch(
  rows: DecodingRows,
  batch: readonly number[],
  outputs: readonly number[][],
  limit: number,
  choose: Choose,
): void {
  let running = batch;
  let tokens = new Int32Array(batch.length).fill(specialTokens.bos);
  const open = new Set(batch);
  for (let step = 0; step < limit; step += 1) {
    const chosen = rows.step(tokens, ({ logits }) => choose(logits(), step, running));
    running.forEach((source, row) => {
      if (!open.has(source)) return;
      const token = chosen[row] ?? specialTokens.eos;
      itemAt(outputs, source).push(token);
      if (token === specialTokens.eos) open.delete(source);
    });
    if (open.size === 0) return;
    tokens = new Int32Array(chosen);
    if (open.size > running.length * openShare) continue;
    const kept = Int32Array.from(running.keys()).filter((row) => open.has(running[row] ?? -1));
    rows.select(kept);
    running = itemsAt(running, [...kept]);
    tokens = kept.map((row) => chosen[row] ?? specialTokens.eos);
  }
}
