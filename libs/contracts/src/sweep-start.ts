/** What a sweep must have, since the model that it starts from has it. */
import { isDeepStrictEqual } from 'node:util';
import { Architecture, architectureOf } from './architecture.ts';
import { InvalidInput } from './errors.ts';
import { Hyperparameters } from './hyperparameters.ts';
import { type StartRecord } from './start.ts';
import { type SweepSpec } from './sweep-spec.ts';

/** A setting of a sweep that follows from the model that it starts from. */
export interface FollowingSetting {
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * The settings of a sweep that follow from the model that it starts from and that it does not have.
 * @param sweep as a person writes it, or as it was read
 * @throws InvalidInput naming a setting that contradicts the model
 */
export function settingsFromStart(sweep: unknown, start: StartRecord): FollowingSetting[] {
  const ofNetwork = Object.entries(start.architecture).map(([name, value]) => ({
    path: ['parameters', name],
    value,
  }));
  const missing = missingSettings(sweep, [...ofNetwork, ...datasetSettings(start)], start);
  refuseOtherTrials(sweep, start.architecture, start.name);
  return missing;
}

function datasetSettings({
  digest,
  dataset: { vocabulary, vocabularySize },
}: StartRecord): FollowingSetting[] {
  return [
    { path: ['dataset', 'tokenizers'], value: digest },
    { path: ['dataset', 'vocabulary'], value: vocabulary },
    { path: ['dataset', 'vocabularySize', 'source'], value: vocabularySize.source },
    { path: ['dataset', 'vocabularySize', 'target'], value: vocabularySize.target },
  ];
}

function missingSettings(
  sweep: unknown,
  following: readonly FollowingSetting[],
  { name }: Pick<StartRecord, 'name'>,
): FollowingSetting[] {
  return following.filter(({ path: at, value }) => {
    const found = valueAt(sweep, at);
    if (found === undefined) return true;
    if (isDeepStrictEqual(found, value)) return false;
    throw contradiction(at, found, value, name);
  });
}

/**
 * For trials by hand. A setting that one does not have it gets from the constants of its sweep.
 * @throws InvalidInput naming a setting that contradicts the model
 */
function refuseOtherTrials(sweep: unknown, architecture: Architecture, name: string): void {
  const trials = valueAt(sweep, ['trialsByHand']);
  for (const index of Array.isArray(trials) ? trials.keys() : [])
    for (const [setting, value] of Object.entries(architecture)) {
      const at = ['trialsByHand', String(index), 'hyperparameters', setting];
      const found = valueAt(sweep, at);
      if (found !== undefined && found !== value) throw contradiction(at, found, value, name);
    }
}

/** @throws InvalidInput naming a setting that follows from the model and that a submitted sweep lacks or contradicts */
export function requireSettingsOfStart(sweep: unknown, start: StartRecord): void {
  refuseMissing(settingsFromStart(sweep, start), start);
}

/** The same for a dataset that is encoded with the model's tokenizers. */
export function requireDatasetOfStart(sweep: unknown, start: StartRecord): void {
  refuseMissing(missingSettings(sweep, datasetSettings(start), start), start);
}

/**
 * For a change of a sweep that starts from a model: its space has the model's architecture as constants.
 * @param change new parameters, or more trials by hand
 * @throws InvalidInput naming a setting that contradicts the model
 */
export function requireNetworkOfStart(
  { start, parameters }: Pick<SweepSpec, 'start' | 'parameters'>,
  change: Partial<Pick<SweepSpec, 'parameters' | 'trialsByHand'>>,
): void {
  if (!start) return;
  const names = Object.keys(architectureOf(Hyperparameters.parse({ network: parameters.network })));
  const architecture = Architecture.parse(
    Object.fromEntries(names.map((name) => [name, valueAt(parameters, [name])])),
  );
  const model = { name: `model ${start.digest}` };
  if (change.parameters) {
    const following = Object.entries(architecture).map(([name, value]) => ({
      path: ['parameters', name],
      value,
    }));
    refuseMissing(missingSettings(change, following, model), model);
  }
  refuseOtherTrials(change, architecture, model.name);
}

function refuseMissing([missing]: readonly FollowingSetting[], { name }: Pick<StartRecord, 'name'>): void {
  if (missing)
    throw new InvalidInput(
      `${missing.path.join('.')}: is missing; ${name} has ${textOf(missing.value)}, and the sweep starts from it`,
    );
}

function contradiction(at: readonly string[], found: unknown, value: unknown, name: string): InvalidInput {
  return new InvalidInput(
    `${at.join('.')}: is ${textOf(found)}, but ${name}, from which the sweep starts, has ${textOf(value)}; leave it out`,
  );
}

function textOf(value: unknown): string {
  if (typeof value === 'object') return 'a range';
  return String(value);
}

function valueAt(value: unknown, at: readonly string[]): unknown {
  return at.reduce<unknown>(
    (holder, key) => (typeof holder === 'object' && holder !== null ? Reflect.get(holder, key) : undefined),
    value,
  );
}
