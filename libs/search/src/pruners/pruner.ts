/** The one shape of every pruner: what it sees, what it says, and the numbers it says it for. */
import { type PrunerSettings, type ResourceUnit, type SearchSpace } from '@honyaku/contracts';

/** The end of an epoch of a trial. */
export interface Report {
  /** From 1. */
  readonly epoch: number;
  /** Held-out perplexity; lower is better, and what is not finite is worse than anything. */
  readonly value: number;
  /** Target tokens trained on since the trial's start. */
  readonly tokens: number;
}

/** A trial and what it has reported, by rising epoch. */
export interface ReportedTrial {
  readonly number: number;
  readonly reports: readonly Report[];
}

/** What the pruners need of the sweep. */
export interface PruningPlan {
  /** Epochs of a trial that nothing stops. */
  readonly maxEpochs: number;
  readonly seed: number;
  readonly space: SearchSpace;
}

/** A trial with at least one report. */
export interface Judged extends ReportedTrial {
  readonly last: Report;
}

export function judgedOf({ number, reports }: ReportedTrial): Judged | undefined {
  const last = reports.at(-1);
  return last && { number, reports, last };
}

/** Why a verdict is what it is. Numbers may be NaN or infinite where perplexities were. */
export interface Evidence {
  readonly unit: ResourceUnit;
  readonly epoch: number;
  /** The trial's perplexity after `epoch`. */
  readonly value: number;
  /** The rung that was judged, in `unit`; the rest is there with it alone. */
  readonly rung?: number;
  /** Of the trial among those that have reached the rung; 1 is the best. Of equal trials the one with the lower number is better. */
  readonly rank?: number;
  /** How many have reached the rung, the trial included. */
  readonly of?: number;
  /** The perplexity that had to be met, where there is one. */
  readonly cutOff?: number;
  /** One sentence for people. */
  readonly reason: string;
}

/** `exploit`: go on from the checkpoint that trial `from` had after the same epoch, with settings from `explore`. */
export type Verdict = Evidence &
  (
    { readonly action: 'continue' | 'stop' | 'pause' } | { readonly action: 'exploit'; readonly from: number }
  );

export type SettingsOf<Type extends PrunerSettings['type']> = Extract<PrunerSettings, { type: Type }>;

/** Judges trial `own`, one of `trials`, right after the last of its reports. */
export type Pruner<Type extends PrunerSettings['type']> = (
  settings: SettingsOf<Type>,
  plan: PruningPlan,
  own: Judged,
  trials: readonly ReportedTrial[],
) => Verdict;
