/** Checks of the ids that callers pass to decoding and scoring, and batches of similar length. */
import { InvalidInput, specialTokens } from '@honyaku/contracts';
import type { Decoding } from '../networks/decoding-rows.ts';
import type { Network } from '../networks/network.ts';
import type { Weights } from '../networks/parameter.ts';

/** Token ids of a source with its eos, and of a translation without bos and eos. */
export interface TranslationPair {
  readonly source: readonly number[];
  readonly target: readonly number[];
}

/** The notebook's limit for a sentence that does not reach its eos. */
export const defaultMaxTokens = 100;

/** Tokens after which a translation stops without its eos, 1 or more; an eos counts. Of all sources, or of each. */
export type TokenLimits = number | readonly number[];

/** The limit of each source. @throws InvalidInput for a limit below 1, or not as many limits as sources */
export function limitsOf(sources: readonly unknown[], maxTokens: TokenLimits): readonly number[] {
  const limits = typeof maxTokens === 'number' ? sources.map(() => maxTokens) : maxTokens;
  if (limits.length !== sources.length)
    throw new InvalidInput(`maxTokens has ${limits.length} limits for ${sources.length} sources`);
  for (const limit of typeof maxTokens === 'number' ? [maxTokens] : limits)
    requireInteger('maxTokens', limit, 1);
  return limits;
}

/** The most rows of a batch; bounds the memory of a call with many sentences. */
export const rowsAtOnce = 64;

/** The same of beams, whose rows share their sentences' memory: as many sentences for a beam of 4. */
export const rowsOfBeamsAtOnce = 256;

/** @throws InvalidInput for a source without its eos, or with an id that the vocabulary has not */
export function requireSources(sources: readonly (readonly number[])[], { vocabularySize }: Network): void {
  sources.forEach((source, row) => {
    if (source.at(-1) !== specialTokens.eos)
      throw new InvalidInput(`source ${row} does not end in eos, the id ${specialTokens.eos}`);
    requireIds(source, vocabularySize.source, `source ${row}`);
  });
}

/** @throws InvalidInput for a target with eos, or with an id that the vocabulary has not */
export function requireTargets(targets: readonly (readonly number[])[], { vocabularySize }: Network): void {
  targets.forEach((target, row) => {
    if (target.includes(specialTokens.eos))
      throw new InvalidInput(`target ${row} has eos, the id ${specialTokens.eos}; it is given without`);
    requireIds(target, vocabularySize.target, `target ${row}`);
  });
}

function requireIds(ids: readonly number[], vocabulary: number, where: string): void {
  const unknown = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < vocabulary));
  if (unknown !== undefined)
    throw new InvalidInput(`${where} has the id ${unknown}; ids go from 0 to ${vocabulary - 1}`);
}

/** @throws InvalidInput for what is not an integer from `least` to `most` */
export function requireInteger(name: string, value: number, least: number, most = Infinity): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = most === Infinity ? `${least} or more` : `from ${least} to ${most}`;
  throw new InvalidInput(`${name} is ${value}; an integer ${range} is allowed`);
}

/** @throws InvalidInput for what is not a number of 0 or more */
export function requireNotNegative(name: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 0))
    throw new InvalidInput(`${name} is ${value}; a number of 0 or more is allowed`);
}

/**
 * Indices of items in batches of similar length, so that there is little padding and a batch ends together.
 * @param most rows of a batch by its longest item's length; of less than 1 it takes 1
 */
export function batchesByLength(lengths: readonly number[], most: (longest: number) => number): number[][] {
  const lengthOf = (index: number) => lengths[index] ?? 0;
  const batches: number[][] = [];
  for (const index of [...lengths.keys()].sort((a, b) => lengthOf(a) - lengthOf(b) || a - b)) {
    const last = batches.at(-1);
    if (last && last.length < most(lengthOf(index))) last.push(index);
    else batches.push([index]);
  }
  return batches;
}

/** The items at these indices. */
export function itemsAt<Item>(items: readonly Item[], indices: readonly number[]): Item[] {
  return indices.map((index) => itemAt(items, index));
}

export function itemAt<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new RangeError(`no item ${index} of ${items.length}`);
  return item;
}

/** Lends generation from these sources with the network's weights; at least one, each with its eos. */
export function withDecoding<Result>(
  sources: readonly (readonly number[])[],
  { startDecoding }: Network,
  weights: Weights,
  use: (decoding: Decoding) => Result,
): Result {
  const decoding = startDecoding(sources, weights);
  try {
    return use(decoding);
  } finally {
    decoding.dispose();
  }
}
