/**
 * Notes on pruners that will never act as the sweep is planned. They are no refusals: the sweep may be extended by
 * epochs and trials, and those of earlier versions were accepted.
 */
import { type ResourceUnit, type SweepSpec, maxCorpusBytes } from '@honyaku/contracts';

/** @param why the settings leave no epoch for the pruner */
export function noteNever({ epochs }: Pick<SweepSpec, 'epochs'>, why: string): string {
  return `pruner: ${epochs === 1 ? 'in one epoch' : `in ${epochs} epochs`} it never ends a trial early: ${why}`;
}

/** A note if the sweep has fewer trials than the pruner compares. @param sampled trials of the sampler */
export function notesOnTrials(
  { trialsByHand }: Pick<SweepSpec, 'trialsByHand'>,
  sampled: number,
  { needed, why }: { readonly needed: number; readonly why: string },
): string[] {
  const trials = sampled + trialsByHand.length;
  return trials < needed
    ? [`pruner: it acts from ${needed} trials on (${why}), and the sweep has ${trials}`]
    : [];
}

/** A pruner that compares trials at rungs. */
export const comparison = { needed: 2, why: 'it compares them' };

/** The most that a trial may have trained, in `unit`, when it is judged last: after the last epoch nobody is judged. */
export function mostJudged(
  { epochs, dataset: { maxPairs = Infinity, maxTokens } }: Pick<SweepSpec, 'epochs' | 'dataset'>,
  unit: ResourceUnit,
): number {
  // A token has at least a byte of the corpus, but for rare characters that stand for words.
  const each = unit === 'epochs' ? 1 : Math.min(maxCorpusBytes, maxPairs * (maxTokens + 1));
  return (epochs - 1) * each;
}
