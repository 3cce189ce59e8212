/**
 * Hyperband (Li et al. 2018, JMLR 18(185), algorithm 1), asynchronously. With R the most that a trial trains
 * (the sweep's epochs, or maxTokens), r = minResource and η the reduction factor there are brackets s = s_max … 0,
 * s_max = ⌊log_η(R/r)⌋. Bracket s halves s times, at R·η^-s, …, R·η^-1; bracket 0 never does. To give all
 * brackets about the same budget, n_s = ⌈(s_max + 1)/(s + 1) · η^s⌉ of every Σ n_s trials are in bracket s.
 *
 * The paper plays one bracket after the other and starts again; here their trials alternate and all
 * of a bracket compete, each judged when it reaches a rung, as in stopping ASHA.
 */
import { Bug, type SweepSpec } from '@honyaku/contracts';
import {
  type Judged,
  type PrunedSweep,
  type PrunerOf,
  type PrunerVerdict,
  type ReportedTrial,
  type SettingsOf,
} from './pruner.ts';
import { checkLowestRung, goOn, halve, newlyReached } from './rung.ts';
import { comparison, mostJudged, noteNever, notesOnTrials } from './without-effect.ts';

export interface Bracket {
  /** How often it halves. */
  readonly s: number;
  /** n_s, of every Σ n_s trials. */
  readonly trials: number;
  /** Ascending, in the settings' unit, rounded up to the whole epoch or token that reaches them. */
  readonly rungs: readonly number[];
}

export const hyperbandPruner: PrunerOf<'hyperband'> = (settings, sweep) => ({
  judge: (own, trials) => judge(settings, bracketsByNumber(settings, sweep), own, trials),
  check: (submitted) => checkLowestRung(settings, submitted),
  notes: (submitted, sampled) => notes(settings, submitted, sampled),
});

function notes(settings: SettingsOf<'hyperband'>, sweep: SweepSpec, sampled: number): readonly string[] {
  const { unit, minResource, reductionFactor, maxTokens } = settings;
  const rungs = bracketsOf(settings, sweep).flatMap((bracket) => bracket.rungs);
  if (rungs.length === 0)
    return [
      noteNever(
        sweep,
        `${reductionFactor} times minResource (${minResource}) is more than ${maxTokens === undefined ? 'the epochs' : `maxTokens (${maxTokens})`}, which leaves one bracket, and that halves nothing`,
      ),
    ];
  const lowest = Math.min(...rungs);
  if (lowest > mostJudged(sweep, unit))
    return [noteNever(sweep, `its lowest rung (${lowest} ${unit}) is never reached before the last epoch`)];
  return notesOnTrials(sweep, sampled, comparison);
}

function judge(
  { unit, reductionFactor }: SettingsOf<'hyperband'>,
  bracketOf: (trial: number) => Bracket,
  own: Judged,
  trials: readonly ReportedTrial[],
): PrunerVerdict {
  const bracket = bracketOf(own.number);
  const at = newlyReached(bracket.rungs, unit, own);
  if (at === undefined) return goOn(own, unit, `reaches no rung of bracket ${bracket.s}`);
  const peers = trials.filter(({ number }) => bracketOf(number) === bracket);
  const verdict = halve({ at, unit }, reductionFactor, own, peers);
  return { ...verdict, reason: `${verdict.reason} (bracket ${bracket.s})` };
}

/** The bracket of each trial, by nothing but its number. */
export function bracketsByNumber(
  settings: SettingsOf<'hyperband'>,
  sweep: Pick<PrunedSweep, 'epochs'>,
): (trial: number) => Bracket {
  const turns = turnsOf(bracketsOf(settings, sweep));
  const known: Bracket[] = [];
  return (trial) => {
    for (let number = known.length; number <= trial; number++) known.push(turns.next().value);
    const bracket = known[trial];
    if (!bracket) throw new Bug(`there is no trial ${trial}`);
    return bracket;
  };
}

/** From s_max down to 0. */
export function bracketsOf(
  { minResource, reductionFactor, maxTokens }: SettingsOf<'hyperband'>,
  { epochs }: Pick<PrunedSweep, 'epochs'>,
): Bracket[] {
  const most = maxTokens ?? epochs;
  let highest = 0;
  while (minResource * reductionFactor ** (highest + 1) <= most) highest += 1;
  return Array.from({ length: highest + 1 }, (_, index) => {
    const s = highest - index;
    return {
      s,
      trials: Math.ceil(((highest + 1) * reductionFactor ** s) / (s + 1)),
      rungs: Array.from({ length: s }, (_, halving) => Math.ceil(most / reductionFactor ** (s - halving))),
    };
  });
}

/**
 * Whose turn it is, trial by trial, without end: weighted round robin with the brackets' trials for weights.
 * Each turn every bracket is owed its weight, and the one that is owed most (of equals the one that halves
 * more often) takes the turn and pays the sum of the weights.
 */
export function* turnsOf(brackets: readonly Bracket[]): Generator<Bracket, never> {
  const round = brackets.reduce((sum, { trials }) => sum + trials, 0);
  const accounts = brackets.map((bracket) => ({ bracket, owed: 0 }));
  for (;;) {
    for (const account of accounts) account.owed += account.bracket.trials;
    const next = accounts.reduce((a, b) => (b.owed > a.owed ? b : a));
    next.owed -= round;
    yield next.bracket;
  }
}
