/** Sentences on what is allowed in a sweep and perhaps not meant by its author. */
import {
  type Hyperparameters,
  type SweepSpec,
  defaultHyperparameters,
  digestOf,
  drawnNetworks,
  networkKinds,
  settingsOfNetwork,
  withDefaults,
} from '@honyaku/contracts';
import { countCombinations, gridRefusals } from '@honyaku/search';
import { trialSeed } from './trial-seed.ts';

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
  const most = sampler === 'grid' ? Math.max(trials + 1, mostCells) : trials + 1;
  const combinations = countCombinations(space, most);
  if (combinations !== undefined && combinations < trials)
    return [
      `trials: ${trials} trials have ${combinations === 1 ? 'the same settings' : `only ${combinations} different settings`} and repeat them with other seeds`,
    ];
  const different = new Set(first.map(digestOf)).size;
  if (different < first.length)
    return [
      `trials: the first ${first.length} trials have only ${different} different settings and repeat them with other seeds; another seed or sampler may repeat fewer`,
    ];
  if (sampler !== 'grid' || trials === 0) return [];
  const leftOut = gridRefusals(space, most).map((why) => `parameters.${why}; the grid is without such cells`);
  return [...leftOut, ...cellNotes(combinations, trials)];
}

function cellNotes(combinations: number | undefined, trials: number): string[] {
  if (combinations === undefined || combinations === trials) return [];
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

/** Settings of one kind of network where trials have, or may have, another. */
export function networkNotes({
  parameters,
  trialsByHand,
}: Pick<SweepSpec, 'parameters' | 'trialsByHand'>): string[] {
  const drawn = drawnNetworks(parameters);
  const byHand = trialsByHand.map(({ hyperparameters }) => withDefaults(hyperparameters));
  const byDefault = withDefaults(defaultHyperparameters);
  const had = new Set([...drawn, ...byHand.map(({ network }) => network)]);
  return networkKinds.flatMap((kind) =>
    settingsOfNetwork[kind].flatMap((name) => {
      const range = parameters[name];
      const isIdle = byHand.some((trial) => trial.network !== kind && trial[name] !== byDefault[name]);
      if (range === undefined)
        return isIdle ? [`trialsByHand: ${name} acts on the ${kind} network alone, which not all have`] : [];
      if (!had.has(kind)) return [`${name}: acts on the ${kind} network alone, which no trial has`];
      if (drawn.size === 1 || typeof range !== 'object' || range.when?.['network'] !== undefined) return [];
      return [
        `${name}: acts on the ${kind} network alone, and is drawn for others too; give it when: { network: ${kind} }`,
      ];
    }),
  );
}

/** A trial as it is planned; `own` is the seed that it is given by hand. */
interface Planned {
  readonly number: number;
  /** Equal for equal settings. */
  readonly settings: string;
  readonly seed: number;
  readonly own: number | undefined;
}

/**
 * Trials by hand whose settings others have as well. With a seed of its own for each that is what seeds are for.
 * @param first settings of the first trials of the sampler, which come after those by hand
 */
export function repeatNotes(
  { seed: sweepSeed, trialsByHand }: Pick<SweepSpec, 'seed' | 'trialsByHand'>,
  first: readonly Hyperparameters[],
): string[] {
  if (trialsByHand.length === 0) return [];
  const all = [...trialsByHand, ...first.map((hyperparameters) => ({ hyperparameters, seed: undefined }))];
  const planned = all.map(({ hyperparameters, seed: own }, index): Planned => {
    const number = index + 1;
    return { number, settings: digestOf(hyperparameters), seed: own ?? trialSeed(sweepSeed, number), own };
  });
  const repeated = groupsBy(planned, ({ settings }) => settings).filter(
    ([one, another]) => one && another && one.number <= trialsByHand.length,
  );
  return limited(repeated.flatMap(notesOnRepeated));
}

/** @param trials with the same settings, by number */
function notesOnRepeated(trials: readonly Planned[]): string[] {
  const bySeed = groupsBy(trials, ({ seed }) => seed);
  const notes = bySeed
    .filter(({ length }) => length > 1)
    .map(
      (equal) =>
        `trialsByHand: ${namesOf(equal)} have the same settings and the seed ${equal[0]?.seed}, and train the same`,
    );
  if (bySeed.length > 1 && trials.some(({ own }) => own === undefined))
    notes.push(`trialsByHand: ${namesOf(trials)} have the same settings and repeat them with other seeds`);
  return notes;
}

/** Trials that a note names. */
const mostNamed = 5;
/** Notes of one kind. */
const mostNotes = 5;

function namesOf(trials: readonly Planned[]): string {
  const names = trials.slice(0, mostNamed).map(({ number }) => String(number));
  const last = trials.length > mostNamed ? 'others' : names.pop();
  return `trials ${names.join(', ')} and ${last}`;
}

function limited(notes: readonly string[]): string[] {
  const left = notes.length - mostNotes;
  return left > 0
    ? [...notes.slice(0, mostNotes), `trialsByHand: ${left} more sets of settings are repeated`]
    : [...notes];
}

function groupsBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Item[][] {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return [...groups.values()];
}
