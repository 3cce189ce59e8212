/** Beam search over many sentences at once: all open hypotheses of a batch are the rows of one step. */
import { InvalidInput, specialTokens } from '@honyaku/contracts';
import { Beam, type BeamSettings, type BeamTranslation, type Continuation, enoughEnded } from './beam.ts';
import {
  batchesByLength,
  defaultMaxTokens,
  itemAt,
  itemsAt,
  limitsOf,
  requireInteger,
  requireNotNegative,
  requireSources,
  rowsOfBeamsAtOnce,
  type TokenLimits,
  withDecoding,
} from './input.ts';
import { topTokens, type TopTokens } from '../kernels/top-tokens.ts';
import type { Decoding } from '../networks/decoding-rows.ts';
import type { Network } from '../networks/network.ts';
import type { Seq2Seq } from '../seq2seq/seq2seq.ts';

export interface BeamOptions extends Partial<Omit<BeamSettings, 'maxTokens'>> {
  readonly maxTokens?: TokenLimits;
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
    lengthPenalty: options.lengthPenalty ?? defaultLengthPenalty,
    normalize: options.normalize,
    patience: options.patience,
  };
  requireInteger('beamSize', settings.beamSize, 1);
  requirePatience(settings.patience);
  requireInteger('nBest', settings.nBest, 1, mostTranslations(settings));
  requireNotNegative('lengthPenalty', settings.lengthPenalty);
  if (settings.normalize !== undefined) requireNotNegative('normalize', settings.normalize);
  requireSources(sources, network.architecture);
  const limits = limitsOf(sources, options.maxTokens ?? defaultMaxTokens);
  const found = sources.map((): BeamTranslation[] => []);
  const lengths = sources.map((source) => source.length);
  network.withWeights((weights) => {
    for (const batch of batchesByLength(lengths, () => rowsOfBeamsAtOnce / settings.beamSize)) {
      const each = itemsAt(limits, batch).map((maxTokens) => ({ ...settings, maxTokens }));
      const translations = withDecoding(itemsAt(sources, batch), network.architecture, weights, (decoding) =>
        searchBatch(decoding, each, network.architecture, options.avoidUnknown ?? false),
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

function mostTranslations({ beamSize, patience }: Pick<BeamSettings, 'beamSize' | 'patience'>): number {
  return patience === undefined ? beamSize : Math.min(beamSize, enoughEnded(beamSize, patience));
}

/** @param settings of each source; they differ in their limits alone */
function searchBatch(
  decoding: Decoding,
  settings: readonly BeamSettings[],
  { vocabularySize, neverGenerated }: Network,
  avoidUnknown: boolean,
): BeamTranslation[][] {
  const beams = settings.map((each) => new Beam(each));
  const { beamSize, patience } = itemAt(settings, 0);
  // With patience all of a beam go on, though one continuation of each may be its end.
  const count = Math.min(beamSize + (patience === undefined ? 0 : 1), vocabularySize.target);
  const excluded = [...(avoidUnknown ? [specialTokens.unk] : []), ...neverGenerated];
  let running: readonly Beam[] = beams;
  let tokens = new Int32Array(beams.length).fill(specialTokens.bos);
  while (running.length > 0) {
    const top = decoding.step(tokens, ({ scores }) => topTokens(scores(), count, excluded));
    const parents: number[] = [];
    const next: number[] = [];
    let first = 0;
    for (const beam of running) {
      const width = beam.open.length;
      const continued = beam.advance(continuationsOf(top, first, width));
      for (const { parent, hypothesis } of beam.isDone ? [] : continued) {
        parents.push(first + parent);
        next.push(hypothesis.ids.at(-1) ?? specialTokens.bos);
      }
      first += width;
    }
    running = running.filter(({ isDone }) => !isDone);
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
