/**
 * What a pruner is: all that the sweep engine asks of one, what it sees of the trials, and what it says. The settings
 * of each are in contracts, each is a module here, and `registry.ts` has a row for each.
 */
import { type Evidence, type Hyperparameters, type PrunerSettings, type SweepSpec } from '@honyaku/contracts';

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

/** A trial with at least one report. */
export interface Judged extends ReportedTrial {
  readonly last: Report;
}

export function judgedOf({ number, reports }: ReportedTrial): Judged | undefined {
  const last = reports.at(-1);
  return last && { number, reports, last };
}

/** What decisions of a pruner depend on, beside the trials. */
export type PrunedSweep = Pick<SweepSpec, 'epochs' | 'seed' | 'parameters'>;

/**
 * A pruner of one sweep. What it decides is a pure function of what had been reported, so that the same decision can
 * be made again from the records.
 */
export interface Pruner {
  /** Whether trial `own`, one of `trials`, goes on after the last of its reports, which is not the sweep's last epoch. */
  judge(own: Judged, trials: readonly ReportedTrial[]): PrunerVerdict;

  /**
   * Of a pruner that pauses trials: which one goes on now; undefined when none may. Ask again until it says so: one
   * promotion leaves the next as it was.
   * @param isPaused whether a trial, by its number, waits; all others count as gone on
   * @param isLast whether no trial runs or is still to start
   */
  promote?(
    trials: readonly ReportedTrial[],
    isPaused: (trial: number) => boolean,
    isLast: boolean,
  ): PrunerPromotion | undefined;

  /** Of a pruner that lets trials go on from the checkpoints of others. */
  readonly copying?: Copying;

  /** @throws InvalidInput where a sweep that is submitted does not go with the pruner */
  check?(sweep: SweepSpec): void;

  /** Sentences on what is allowed and perhaps not meant. @param sampled trials that the sampler will be asked for */
  notes?(sweep: SweepSpec, sampled: number): readonly string[];
}

export interface Copying {
  /** Whether a trial may copy after this epoch: its checkpoints are retained for those that have yet to come there. */
  mayFollow(epoch: number): boolean;

  /**
   * The settings with which a trial goes on from another's checkpoint.
   * @param epoch the last of the copied checkpoint
   * @param copied settings with which the other trial trained that epoch
   */
  settingsAfter(trial: number, epoch: number, copied: Hyperparameters): Hyperparameters;
}

/**
 * The verdict of the sweep's log, before the engine names the trial that is copied and the settings that follow.
 * `exploit`: go on from the checkpoint that trial number `from` had after the same epoch.
 */
export type PrunerVerdict = Evidence &
  (
    { readonly action: 'continue' | 'stop' | 'pause' } | { readonly action: 'exploit'; readonly from: number }
  );

/** A paused trial that may go on, and why; `epoch` is the one that it paused after. */
export type PrunerPromotion = Evidence & { readonly number: number };

/** Makes the pruner of a type from its settings. */
export type PrunerOf<Type extends PrunerSettings['type']> = (
  settings: SettingsOf<Type>,
  sweep: PrunedSweep,
) => Pruner;

export type SettingsOf<Type extends PrunerSettings['type']> = Extract<PrunerSettings, { type: Type }>;
