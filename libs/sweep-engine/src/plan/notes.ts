/** Sentences on what is allowed in a sweep and perhaps not meant by its author. */
import { type Hyperparameters, type SweepSpec, digestOf } from '@honyaku/contracts';
import { countCombinations } from '@honyaku/search';

/**
 * Settings that repeat, cells that are left out.
 * @param trials that the sampler will be asked for
 * @param first settings of the first of them
 */
export function combinationNotes(
  { parameters, sampler }: SweepSpec,
  trials: number,
  first: readonly Hyperparameters[],
): string[] {
  const space = { space: parameters };
  const most = trials + 1;
  const combinations = countCombinations(space, sampler === 'grid' ? Math.max(most, mostCells) : most);
  if (combinations !== undefined && combinations < trials)
    return [
      `trials: ${trials} trials have ${combinations === 1 ? 'the same settings' : `only ${combinations} different settings`} and repeat them with other seeds`,
    ];
  const different = new Set(first.map(digestOf)).size;
  if (different < first.length)
    return [
      `trials: the first ${first.length} trials have only ${different} different settings and repeat them with other seeds; another seed or sampler may repeat fewer`,
    ];
  if (sampler !== 'grid' || combinations === undefined || combinations === trials || trials === 0) return [];
  const cells = combinations === mostCells ? `more than ${mostCells - 1}` : `${combinations}`;
  return [`trials: the grid has ${cells} cells; the first ${trials} are trained`];
}

/** A sweep has at most 10,000 trials. */
const mostCells = 10_001;

/**
 * Settings that trials are too short for. They are no refusals, since the sweep may be extended by epochs.
 * @param first settings of the first trials of the sampler
 */
export function lengthNotes(
  { epochs, trialsByHand }: Pick<SweepSpec, 'epochs' | 'trialsByHand'>,
  first: readonly Hyperparameters[],
): string[] {
  const settings = [...trialsByHand.map(({ hyperparameters }) => hyperparameters), ...first];
  const least = (name: 'patience' | 'averageBest', limit: number) =>
    settings.reduce(
      (lowest, { [name]: value }) => (value >= limit ? Math.min(lowest, value) : lowest),
      Infinity,
    );
  const trial = `a trial of ${epochs === 1 ? 'one epoch' : `${epochs} epochs`}`;
  // The first epoch is always the best so far, and after the last one there is nothing to end.
  const patience = least('patience', Math.max(1, epochs - 1));
  const averageBest = least('averageBest', epochs + 1);
  return [
    ...(patience === Infinity
      ? []
      : [`patience: ${patience} never ends ${trial}; it can from ${patience + 2} on`]),
    ...(averageBest === Infinity
      ? []
      : [`averageBest: ${averageBest} is more than ${trial} has, so that all are averaged`]),
  ];
}
