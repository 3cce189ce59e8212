/** Notes in answers to requests: on added trials whose settings the sweep has already, and on what changed nothing. */
import { type NotedSweep, type TrialByHand, type TrialView } from '@honyaku/contracts';
import { type SweepState, sweepViewOf } from '@honyaku/sweep-engine';
import { Slices } from '../event-loop/slices.ts';

/** Notes of an answer. */
const mostNotes = 20;

/**
 * A trial without a seed of its own repeats the settings of another with another seed; one with the same seed trains
 * the same again.
 * @param trials of the sweep before
 */
export async function notesOnRepeated(
  trials: readonly TrialView[],
  added: readonly TrialByHand[],
): Promise<string[]> {
  const slices = new Slices();
  const known = new Map<string, { readonly seed: number | undefined; readonly name: string }[]>();
  for (const { hyperparameters } of added) known.set(keyOf(hyperparameters), []);
  for (const { number, config } of trials) {
    await slices.step();
    known.get(keyOf(config.hyperparameters))?.push({ seed: config.seed, name: `trial ${number}` });
  }
  const notes: string[] = [];
  for (const [index, { hyperparameters, seed }] of added.entries()) {
    await slices.step();
    const others = known.get(keyOf(hyperparameters)) ?? [];
    const [another] = others;
    const same = seed === undefined ? undefined : others.find((other) => other.seed === seed);
    if (same)
      notes.push(
        `trials.${index}: has the settings and the seed ${seed} of ${same.name}, and trains the same`,
      );
    else if (another && seed === undefined)
      notes.push(`trials.${index}: has the settings of ${another.name} and repeats them with another seed`);
    others.push({ seed, name: `trials.${index}` });
  }
  const left = notes.length - mostNotes;
  return left > 0 ? [...notes.slice(0, mostNotes), `trials: ${left} more repeat settings`] : notes;
}

/** Schemas put the keys of settings in one order. */
function keyOf(hyperparameters: TrialByHand['hyperparameters']): string {
  return JSON.stringify(hyperparameters);
}

/** Why a sweep that goes on, or is completed, has nothing to retry. */
export function nothingToRetry(trials: readonly TrialView[]): string {
  const diverged = trials.filter(({ state }) => state === 'failed').length;
  if (diverged === 0) return 'nothing was retried: no trial has failed or was lost';
  return `nothing was retried: ${diverged === 1 ? 'the trial that failed has' : `the ${diverged} trials that failed have`} diverged and would again`;
}

export function withNotes(state: SweepState, notes: readonly string[]): NotedSweep {
  return { ...sweepViewOf(state), ...(notes.length === 0 ? {} : { notes: [...notes] }) };
}
