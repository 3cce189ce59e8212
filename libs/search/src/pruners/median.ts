/**
 * The median rule: a trial stops when its perplexity is above the median of the other trials' after the same
 * epoch. Values at that epoch are compared, not the best until then nor running averages as in Golovin et
 * al. 2017 (Google Vizier), where the rule comes from.
 */
import { type SweepSpec } from '@honyaku/contracts';
import {
  type Judged,
  type PrunerOf,
  type PrunerVerdict,
  type ReportedTrial,
  type SettingsOf,
} from './pruner.ts';
import { type Standing, comparable, compared, goOn, shown, standingAt } from './rung.ts';
import { mostJudged, noteNever, notesOnTrials } from './without-effect.ts';

export const medianPruner: PrunerOf<'median'> = (settings) => ({
  judge: (own, trials) => judge(settings, own, trials),
  notes: (sweep, sampled) => notes(settings, sweep, sampled),
});

function notes(
  { graceEpochs, startupTrials }: SettingsOf<'median'>,
  sweep: SweepSpec,
  sampled: number,
): readonly string[] {
  if (graceEpochs + 1 > mostJudged(sweep, 'epochs'))
    return [noteNever(sweep, `it judges after graceEpochs (${graceEpochs}) and before the last epoch`)];
  return notesOnTrials(sweep, sampled, { needed: startupTrials + 1, why: `startupTrials ${startupTrials}` });
}

function judge(
  { graceEpochs, interval, startupTrials }: SettingsOf<'median'>,
  own: Judged,
  trials: readonly ReportedTrial[],
): PrunerVerdict {
  const sinceGrace = own.last.epoch - graceEpochs - 1;
  if (sinceGrace < 0 || sinceGrace % interval !== 0) return goOn(own, 'epochs', 'not judged at this epoch');
  const rung = { at: own.last.epoch, unit: 'epochs' } as const;
  const standing = standingAt(rung, own, trials);
  const others = standing.of - 1;
  if (others < startupTrials) {
    const clause = `judged from ${startupTrials} others on`;
    return { action: 'continue', ...compared(rung, own, standing, clause) };
  }
  const cutOff = medianOfOthers(standing);
  const mine = comparable(own.last.value);
  const action = mine > cutOff || mine === Infinity ? 'stop' : 'continue';
  const clause = `the median of the ${others} others is ${shown(cutOff)}`;
  return { action, ...compared(rung, own, standing, clause, cutOff) };
}

/** The median of all perplexities there but the trial's own; of an even count the mean of the middle two. */
function medianOfOthers({ rank, of, ofRank }: Standing): number {
  const others = of - 1;
  const other = (position: number) => ofRank(position < rank ? position : position + 1);
  return (other((others + 1) >> 1) + other((others + 2) >> 1)) / 2;
}
