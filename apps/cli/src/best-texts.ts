/** What a sweep's best epoch came to, beside the look-up in its training pairs, as people read it. */
import {
  type BestEpoch,
  type DatasetReport,
  type HeldOutMetrics,
  type SweepView,
  type TrialView,
} from '@honyaku/contracts';
import {
  bleuScoreText,
  collapseText,
  countText,
  type HeldOutSet,
  heldOutSetOf,
  perplexityText,
  scoreText,
  testText,
} from './texts.ts';

type Best = Pick<BestEpoch, 'heldOut' | 'test'>;
type LookUp = DatasetReport['lookUp'];

/**
 * The result of the test set where it is known, with that of the dev set after it: `test ppl 8.40, BLEU 22.60 by beam 4
 * (look-up 14.60) of 4000 sentences; dev ppl 8.30, BLEU 21.80 (look-up 14.70)`.
 */
export function bestText({ heldOut, test }: Best, set: HeldOutSet, lookUp: LookUp): string {
  if (!test) return `${set} ppl ${testText(heldOut, lookUp?.[set])}`;
  const dev = `dev ppl ${perplexityText(heldOut.perplexity)}, ${bleuText(heldOut, lookUp?.dev)}`;
  return `test ppl ${testText(test, lookUp?.test)}; ${dev}`;
}

/** `BLEU 21.30 by beam 4 (look-up 14.60)`. */
export function bleuText({ translations }: HeldOutMetrics, lookUp: number | undefined): string {
  return `BLEU ${bleuScoreText(translations, lookUp)}`;
}

/**
 * What the model that the trials start from comes to before their first step; empty where they start from initial weights,
 * or no trial has its first epoch yet.
 */
export function startText(trials: readonly TrialView[], set: HeldOutSet): string {
  const start = startOf(trials);
  return start ? `epoch 0, before training: ${set} ppl ${testText(start)}` : '';
}

/** The same for all trials of a sweep. */
export function startOf(trials: readonly Pick<TrialView, 'epochs'>[]): HeldOutMetrics | undefined {
  return trials.map(({ epochs }) => epochs[0]?.start).find((start) => start !== undefined);
}

/** The look-up's scores as a sentence; empty where nobody computed them. */
export function lookUpText(report: Pick<DatasetReport, 'lookUp'> | undefined): string {
  const { dev, test } = report?.lookUp ?? {};
  if (test === undefined) return '';
  const scores =
    dev === undefined
      ? `BLEU ${scoreText(test)}`
      : `BLEU ${scoreText(dev)} on the dev set and ${scoreText(test)} on the test set`;
  return `look-up, the translation of the most similar training sentence: ${scores}`;
}

/**
 * That the best epoch translates worse than the look-up, with the likely reasons as far as its numbers have any; empty
 * where it does not.
 */
export function belowLookUpText(
  { best, spec }: Pick<SweepView, 'best' | 'spec'>,
  trials: readonly TrialView[],
  report: Pick<DatasetReport, 'lookUp' | 'pairs'> | undefined,
): string {
  if (!best || !report?.lookUp) return '';
  const measured = best.test ?? best.heldOut;
  const floor = report.lookUp[best.test ? 'test' : heldOutSetOf(spec)];
  const { score } = measured.translations.bleu;
  if (floor === undefined || score >= floor) return '';
  const trial = trials.find(({ id }) => id === best.trialId);
  const reasons = [
    ...(trial ? [fewUpdates(trial, best), stillFalling(trial, best), learntByHeart(trial, best)] : []),
    largeVocabulary(spec, report.pairs.train),
    collapseText(measured.translations),
  ].filter((reason) => reason !== '');
  const why =
    reasons.length === 0 ? '' : `; likely ${reasons.length === 1 ? 'why' : 'reasons'}: ${reasons.join('; ')}`;
  return `the best epoch translates worse than the look-up (BLEU ${scoreText(score)} against ${scoreText(floor)})${why}`;
}

const fewEpochs = 5;
/** Tatoeba's learning curves pass the look-up after several thousand. */
const fewestUpdates = 2_000;

function fewUpdates({ epochs }: TrialView, best: BestEpoch): string {
  const updates = epochs
    .filter(({ epoch }) => epoch <= best.epoch)
    .reduce((sum, { train }) => sum + train.steps, 0);
  if (best.epoch >= fewEpochs && updates >= fewestUpdates) return '';
  return `it has seen only ${countText(best.epoch, 'epoch')} (${countText(updates, 'update')})`;
}

/** In the share of the perplexity before. */
const fall = 0.02;

function stillFalling({ config, epochs }: TrialView, best: BestEpoch): string {
  if (best.epoch !== config.epochs) return '';
  const before = epochs.find(({ epoch }) => epoch === best.epoch - 1)?.heldOut.perplexity ?? 0;
  if (best.heldOut.perplexity > before * (1 - fall)) return '';
  return `its perplexity still fell in its last epoch, from ${perplexityText(before)} to ${perplexityText(best.heldOut.perplexity)}: train longer`;
}

const fewPairsPerToken = 10;

function largeVocabulary({ dataset }: SweepView['spec'], pairs: number): string {
  const { source, target } = dataset.vocabularySize;
  const size = Math.max(source, target);
  if (pairs >= fewPairsPerToken * size) return '';
  return `a vocabulary of ${size} tokens is large for ${countText(pairs, 'training pair')}: choose a smaller dataset.vocabularySize`;
}

function learntByHeart({ epochs }: TrialView, best: BestEpoch): string {
  const train = epochs.find(({ epoch }) => epoch === best.epoch)?.train.perplexity ?? Infinity;
  if (2 * train > best.heldOut.perplexity) return '';
  return `it has learnt its training pairs by heart (perplexity ${perplexityText(train)} there, ${perplexityText(best.heldOut.perplexity)} on held-out pairs): raise dropout, or give more pairs`;
}
