/**
 * What trials by hand take over from the constants of their sweep. It belongs to the input of people alone: what is
 * stored has every hyperparameter of a trial, and means the same whatever the space of its sweep is.
 */
import { Hyperparameters } from './hyperparameters.ts';
import { parameterNames } from './sweep-spec.ts';

/** Hyperparameters by name, not checked together. */
export type Constants = Readonly<Record<string, unknown>>;

/**
 * The values of a space that are no range, as far as their hyperparameters allow them: others are refused where they
 * are given, and must not be reported for each trial.
 * @param parameters of a sweep, perhaps not checked yet
 */
export function constantsOf(parameters: unknown): Constants {
  if (!isMap(parameters)) return {};
  return Object.fromEntries(
    parameterNames.options
      .filter((name) => Hyperparameters.shape[name].safeParse(parameters[name] ?? null).success)
      .map((name) => [name, parameters[name]]),
  );
}

/** A sweep as a person writes it, in which each trial by hand has the constants that it does not set itself. */
export function withConstants(sweep: unknown): unknown {
  return isMap(sweep) ? completed(sweep, 'trialsByHand', constantsOf(sweep.parameters)) : sweep;
}

/** The same for the trials that are added to a sweep. @param body of the request */
export function addedWithConstants(body: unknown, constants: Constants): unknown {
  return isMap(body) ? completed(body, 'trials', constants) : body;
}

/** What is not of the form of trials is left to the schema. */
function completed(input: Readonly<Record<string, unknown>>, field: string, constants: Constants): unknown {
  const trials = input[field];
  if (!Array.isArray(trials)) return input;
  const whole = trials.map((trial: unknown): unknown =>
    isMap(trial) && isMap(trial.hyperparameters)
      ? { ...trial, hyperparameters: { ...constants, ...trial.hyperparameters } }
      : trial,
  );
  return { ...input, [field]: whole };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
