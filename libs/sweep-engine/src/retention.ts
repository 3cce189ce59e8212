/**
 * Which checkpoints of a sweep stay in the bucket: a pure function of its state and of what lies there.
 * Records and translations always stay; a checkpoint is the large files of one epoch.
 */
import { epochsToKeep, lowestPerplexityOf, type TrialView } from '@honyaku/contracts';
import { prunerOf } from '@honyaku/search';
import { copiedFrom } from './decisions/trial-epochs.ts';
import { type SweepState, hasEnded } from './state/sweep-state.ts';

/** The checkpoint of a committed epoch. */
export interface Checkpoint {
  readonly trialId: string;
  readonly epoch: number;
  /** Held-out, of the epoch's own weights: the plateau schedule and averaging go by it. */
  readonly ownPerplexity: number;
  readonly bytes: number;
}

/** Those of `checkpoints` that stay. */
export function retained<Each extends Checkpoint>(state: SweepState, checkpoints: readonly Each[]): Each[] {
  const byTrial = new Map<string, Each[]>();
  for (const each of checkpoints) byTrial.set(each.trialId, [...(byTrial.get(each.trialId) ?? []), each]);
  const needed = new Set<Checkpoint>();
  const wanted = new Set<Checkpoint>();
  const mayBeCopied = copyable(state);
  for (const trial of state.trials) {
    const own = byTrial.get(trial.id) ?? [];
    const readLater = new Set<Checkpoint>(epochsToKeep(own, trial.config.hyperparameters));
    for (const each of own)
      if (isNeeded(state, trial, readLater, each) || mayBeCopied(each)) needed.add(each);
    for (const each of wantedOf(state, trial, own)) wanted.add(each);
  }
  const { bytes: budget } = state.sweep.spec.retention;
  if (budget === undefined) return checkpoints.filter((each) => needed.has(each) || wanted.has(each));
  let left = budget - sum(needed);
  const distance = distanceFromBest(state);
  const optional = [...wanted].filter((each) => !needed.has(each));
  optional.sort((a, b) => distance(a.trialId) - distance(b.trialId) || b.epoch - a.epoch);
  for (const each of optional) {
    if (each.bytes > left) break;
    left -= each.bytes;
    needed.add(each);
  }
  return checkpoints.filter((each) => needed.has(each));
}

/** What training goes on from, what is the sweep's best, and what a person has pinned. */
function isNeeded(
  state: SweepState,
  trial: TrialView,
  readLater: ReadonlySet<Checkpoint>,
  checkpoint: Checkpoint,
): boolean {
  const { epoch } = checkpoint;
  const { best } = state.sweep;
  if (best?.trialId === trial.id && best.epoch === epoch) return true;
  if (trial.pinned?.includes(epoch)) return true;
  if (hasEnded(trial.state) && trial.retryable !== true) return false;
  if (epoch === trial.epochs.length) return true;
  return readLater.has(checkpoint);
}

/** Where a pruner copies checkpoints: what a slower trial may copy yet, and what one under way is about to copy. */
function copyable({ sweep, trials }: SweepState): (checkpoint: Checkpoint) => boolean {
  const { copying } = prunerOf(sweep.spec);
  if (!copying) return () => false;
  const live = trials.filter(({ state }) => !hasEnded(state));
  const slowest = Math.min(...live.map(({ epochs }) => epochs.length));
  const chosen = new Set(live.map((trial) => `${copiedFrom(trial).from}.${trial.epochs.length}`));
  return ({ trialId, epoch }) =>
    (epoch > slowest && copying.mayFollow(epoch)) || chosen.has(`${trialId}.${epoch}`);
}

function wantedOf({ sweep }: SweepState, trial: TrialView, own: readonly Checkpoint[]): Checkpoint[] {
  const { best, last } = sweep.spec.retention;
  const heldOut = ({ epoch }: Checkpoint) => trial.epochs[epoch - 1]?.heldOut.perplexity ?? Infinity;
  const newest = own.filter(({ epoch }) => epoch > trial.epochs.length - last);
  const comparable = (each: Checkpoint) => (Number.isNaN(heldOut(each)) ? Infinity : heldOut(each));
  const ranked = [...own].sort((a, b) => Math.sign(comparable(a) - comparable(b)) || a.epoch - b.epoch);
  return [...ranked.slice(0, best), ...newest];
}

/** Of a trial's best epoch, in held-out perplexity. */
function distanceFromBest({ trials }: SweepState): (trialId: string) => number {
  const lowest = new Map(trials.map((trial) => [trial.id, lowestPerplexityOf(trial)]));
  return (trialId) => lowest.get(trialId) ?? Infinity;
}

function sum(checkpoints: Iterable<Checkpoint>): number {
  let bytes = 0;
  for (const each of checkpoints) bytes += each.bytes;
  return bytes;
}
