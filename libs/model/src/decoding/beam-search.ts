/** Beam search over many sentences at once: all open hypotheses of a batch are the rows of one step. */
import { specialTokens } from '@honyaku/contracts';
import { Beam, type BeamSettings, type BeamTranslation, type Continuation } from './beam.ts';
import {
  batchesByLength,
  defaultMaxTokens,
  itemAt,
  itemsAt,
  requireInteger,
  requireNotNegative,
  requireSources,
  rowsAtOnce,
  withDecoding,
} from './input.ts';
import { topTokens, type TopTokens } from '../kernels/top-tokens.ts';
import type { Decoding } from '../networks/decoding-rows.ts';
import type { Network } from '../networks/network.ts';
import type { Seq2Seq } from '../seq2seq/seq2seq.ts';

export interface BeamOptions extends Partial<BeamSettings> {
  /** Whether no translation may have `<unk>`. Its probability isn't spread over the others. */
  readonly avoidUnknown?: boolean;
}

/** The beam and the penalty of Vaswani et al. 2017. */
const defaultBeamSize = 4;
const defaultLengthPenalty = 0.6;

/**
 * The best translations of each source by log probability with a length penalty (Wu et al. 2016), its exponent
 * `lengthPenalty`: 0 ranks by probability, more prefers longer translations. With `beamSize` 1 it is `greedy`.
 * `maxTokens` is as there; what has ended comes before what stopped there.
 * @param sources token ids, each with its final eos; any number of them
 * @returns of each source, in their order, `nBest` (1 unless said) different translations, best first; fewer only
 * where the vocabulary has no more of up to `maxTokens`
 * @throws InvalidInput for a source without its eos or with an id that the vocabulary has not, or a wrong option
 */
export function beamSearch(
  network: Seq2Seq,
  sources: readonly (readonly number[])[],
  options: BeamOptions = {},
): BeamTranslation[][] {
  const settings = {
    beamSize: options.beamSize ?? defaultBeamSize,
    nBest: options.nBest ?? 1,
    maxTokens: options.maxTokens ?? defaultMaxTokens,
    lengthPenalty: options.lengthPenalty ?? defaultLengthPenalty,
  };
  requireInteger('beamSize', settings.beamSize, 1);
  requireInteger('nBest', settings.nBest, 1, settings.beamSize);
  requireInteger('maxTokens', settings.maxTokens, 1);
  requireNotNegative('lengthPenalty', settings.lengthPenalty);
  requireSources(sources, network.architecture);
  const found = sources.map((): BeamTranslation[] => []);
  const lengths = sources.map((source) => source.length);
  network.withWeights((weights) => {
    for (const batch of batchesByLength(lengths, () => rowsAtOnce / settings.beamSize)) {
      const translations = withDecoding(itemsAt(sources, batch), network.architecture, weights, (decoding) =>
        searchBatch(decoding, batch.length, network.architecture, settings, options.avoidUnknown ?? false),
      );
      batch.forEach((source, place) => (found[source] = itemAt(translations, place)));
    }
  });
  return found;
}

function searchBatch(
  decoding: Decoding,
  size: number,
  { vocabularySize, neverGenerated }: Network,
  settings: BeamSettings,
  avoidUnknown: boolean,
): BeamTranslation[][] {
  const beams = Array.from({ length: size }, () => new Beam(settings));
  const count = Math.min(settings.beamSize, vocabularySize.target);
  const excluded = [...(avoidUnknown ? [specialTokens.unk] : []), ...neverGenerated];
  let tokens = new Int32Array(size).fill(specialTokens.bos);
  for (let step = 0; step < settings.maxTokens && tokens.length > 0; step += 1) {
    const top = decoding.step(tokens, ({ scores }) => topTokens(scores(), count, excluded));
    const parents: number[] = [];
    const next: number[] = [];
    let first = 0;
    for (const beam of beams) {
      const width = beam.open.length;
      for (const { parent, hypothesis } of beam.advance(continuationsOf(top, first, width))) {
        parents.push(first + parent);
        next.push(hypothesis.ids.at(-1) ?? specialTokens.bos);
      }
      first += width;
    }
    tokens = Int32Array.from(next);
    if (parents.length > 0) decoding.select(Int32Array.from(parents));
  }
  return beams.map((beam) => beam.translations());
}

/** The top tokens of `width` rows from `first` on, those that have a probability. */
function continuationsOf(
  { count, ids, logProbabilities }: TopTokens,
  first: number,
  width: number,
): Continuation[] {
  const all = Array.from({ length: width * count }, (_, index) => {
    const at = first * count + index;
    return {
      parent: Math.floor(index / count),
      token: ids[at] ?? specialTokens.eos,
      logProbability: logProbabilities[at] ?? NaN,
    };
  });
  return all.filter(({ logProbability }) => logProbability !== -Infinity);
}
