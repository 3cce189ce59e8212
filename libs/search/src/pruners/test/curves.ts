/** Trials for tests, written as the perplexities of their epochs. */
import { PrunerSettings } from '@honyaku/contracts';
import { type PrunedSweep, type PrunerVerdict, type ReportedTrial } from '../pruner.ts';
import { judge } from '../registry.ts';

/** Each epoch is of 100 target tokens, or of `tokensAnEpoch`. */
export function curve(number: number, values: readonly number[], tokensAnEpoch = 100): ReportedTrial {
  return {
    number,
    reports: values.map((value, index) => ({
      epoch: index + 1,
      value,
      tokens: (index + 1) * tokensAnEpoch,
    })),
  };
}

/** Curves of trials 0, 1, … */
export function curves(...perplexities: readonly (readonly number[])[]): ReportedTrial[] {
  return perplexities.map((values, number) => curve(number, values));
}

export const sweep: PrunedSweep = { epochs: 100, seed: 1, parameters: {} };

/** The verdict on the trial of that number, with settings as a person writes them. */
export function verdictOn(
  number: number,
  settings: object,
  trials: readonly ReportedTrial[],
  rest: Partial<PrunedSweep> = {},
): PrunerVerdict {
  return judge({ ...sweep, ...rest, pruner: PrunerSettings.parse(settings) }, number, trials);
}

/** Verdicts on trials that reach an epoch one after the other, each meeting those before it alone. */
export function verdictsInTurn(settings: object, trials: readonly ReportedTrial[]): PrunerVerdict[] {
  return trials.map(({ number }, index) => verdictOn(number, settings, trials.slice(0, index + 1)));
}
