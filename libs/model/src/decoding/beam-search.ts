/** Beam search over many sentences at once: all open hypotheses of a batch are the rows of one step. */
import { InvalidInput, specialTokens } from '@honyaku/contracts';
import { Beam, type BeamSettings, type BeamTranslation, type Continuation, enoughEnded } from './beam.ts';
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
 * `maxTokens` is as there; what has ended comes before what stopped there. `normalize` and `patience` make it the search
 * of other programs: both 1 is CTranslate2's default, and Hugging Face's with `early_stopping=True`.
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
    normalize: options.normalize,
    patience: options.patience,
  };
  requireInteger('beamSize', settings.beamSize, 1);
  requirePatience(settings.patience);
  requireInteger('nBest', settings.nBest, 1, mostTranslations(settings));
  requireInteger('maxTokens', settings.maxTokens, 1);
  requireNotNegative('lengthPenalty', settings.lengthPenalty);
  if (settings.normalize !== undefined) requireNotNegative('normalize', settings.normalize);
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

function requirePatience(patience: number | undefined): void {
  if (patience === undefined || (patience > 0 && Number.isFinite(patience))) return;
  throw new InvalidInput(`patience is ${patience}; a number above 0 is allowed`);
}

function mostTranslations({ beamSize, patience }: BeamSettings): number {
  return patience === undefined ? beamSize : Math.min(beamSize, enoughEnded(beamSize, patience));
}

function searchBatch(
  decoding: Decoding,
  size: number,
  { vocabularySize, neverGenerated }: Network,
  settings: BeamSettings,
  avoidUnknown: boolean,
): BeamTranslation[][] {
  const beams = Array.from({ length: size }, () => new Beam(settings));
  // With patience all of a beam go on, though one continuation of each may be its end.
  const wanted = settings.beamSize + (settings.patience === undefined ? 0 : 1);
  const count = Math.min(wanted, vocabularySize.target);
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
