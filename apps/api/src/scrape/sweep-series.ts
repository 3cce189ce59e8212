/** Series of sweeps and their trials, from committed results, whichever worker produced them. */
import { type CommittedEpoch, type TrialView } from '@honyaku/contracts';
import { type SweepRow, type SweepState, hasEnded, notFinite } from '@honyaku/sweep-engine';
import { apiMetrics, gaugeIn, type GaugeDeclaration } from '@honyaku/telemetry';
import { type Registry } from 'prom-client';
import { Slices } from '../event-loop/slices.ts';
import { isCurrent, trialWindow } from './trial-window.ts';

type TrialGauge = GaugeDeclaration<'sweep' | 'trial'>;

const ofLastEpoch: readonly (readonly [TrialGauge, (last: CommittedEpoch) => number])[] = [
  [apiMetrics.trialTrainPerplexity, ({ train }) => train.perplexity],
  [apiMetrics.trialTrainPadded, ({ train }) => train.paddedShare],
  [apiMetrics.trialHeldOutPerplexity, ({ heldOut }) => heldOut.perplexity],
  [apiMetrics.trialHeldOutBits, ({ heldOut }) => heldOut.bitsPerCharacter],
  [apiMetrics.trialHeldOutBleu, ({ heldOut }) => heldOut.translations.bleu.score],
  [apiMetrics.trialHeldOutCollapsed, ({ heldOut }) => Number(heldOut.translations.collapse.length > 0)],
  [apiMetrics.trialEpochs, ({ epoch }) => epoch],
];

export class SweepSeries {
  private readonly trials;
  private readonly leftOut;
  private readonly info;
  private readonly byState;
  private readonly diverged;
  private readonly epochs;
  private readonly epochsLeft;
  private readonly secondsLeft;
  private readonly workerSeconds;
  private readonly best;

  constructor(registry: Registry) {
    this.trials = ofLastEpoch.map(([declaration, value]) => ({
      gauge: gaugeIn(registry, declaration),
      value,
    }));
    this.leftOut = gaugeIn(registry, apiMetrics.trialsLeftOut);
    this.info = gaugeIn(registry, apiMetrics.sweepInfo);
    this.byState = gaugeIn(registry, apiMetrics.sweepTrials);
    this.diverged = gaugeIn(registry, apiMetrics.sweepDivergedTrials);
    this.epochs = gaugeIn(registry, apiMetrics.sweepEpochs);
    this.epochsLeft = gaugeIn(registry, apiMetrics.sweepEpochsLeft);
    this.secondsLeft = gaugeIn(registry, apiMetrics.sweepSecondsLeft);
    this.workerSeconds = gaugeIn(registry, apiMetrics.sweepWorkerSeconds);
    this.best = gaugeIn(registry, apiMetrics.sweepBestPerplexity);
  }

  /** Replaces all series at once; computing them first is split into slices, since there may be many large sweeps. */
  async show(states: readonly SweepState[], now = Date.now()): Promise<void> {
    const slices = new Slices();
    const sweeps: SweepValues[] = [];
    const current: TrialView[] = [];
    for (const state of states) {
      sweeps.push(valuesOf(state));
      for (const trial of state.trials) if (isCurrent(trial, now)) current.push(trial);
      await slices.step();
    }
    const { shown, leftOut } = trialWindow(current, now);
    this.clear();
    for (const sweep of sweeps) this.showSweep(sweep);
    this.leftOut.set(leftOut);
    for (const trial of shown) this.showTrial(trial);
  }

  /** Call it when nothing is known: no value is better than a stale one. */
  clear(): void {
    for (const { gauge } of this.trials) gauge.reset();
    for (const gauge of [this.info, this.byState, this.diverged, this.epochs, this.epochsLeft]) gauge.reset();
    for (const gauge of [this.secondsLeft, this.workerSeconds, this.best]) gauge.reset();
  }

  private showTrial({ sweepId: sweep, id: trial, epochs }: TrialView): void {
    const last = epochs.at(-1);
    if (!last) return;
    for (const { gauge, value } of this.trials) gauge.set({ sweep, trial }, value(last));
  }

  private showSweep({ sweep: { id: sweep, name, trials, ...row }, diverged, left }: SweepValues): void {
    this.info.set({ sweep, name, state: row.state }, 1);
    const { planned, ...counts } = trials;
    for (const [each, count] of Object.entries(counts)) this.byState.set({ sweep, state: each }, count);
    this.diverged.set({ sweep }, diverged);
    this.epochs.set({ sweep }, row.epochsDone);
    this.workerSeconds.set({ sweep }, row.workerSeconds);
    if (row.best) this.best.set({ sweep }, row.best.heldOut.perplexity);
    this.epochsLeft.set({ sweep }, left);
    if (row.epochsDone > 0) {
      const concurrency = Math.max(1, Math.min(row.spec.concurrency, planned));
      this.secondsLeft.set({ sweep }, (left * (row.workerSeconds / row.epochsDone)) / concurrency);
    }
  }
}

/** The values that a sweep's series show: its row, and what is computed from its trials. */
interface SweepValues {
  readonly sweep: SweepRow;
  /** Trials whose last epoch diverged. */
  readonly diverged: number;
  /** Epochs that may still be trained. */
  readonly left: number;
}

function valuesOf(state: SweepState): SweepValues {
  return { sweep: state.sweep, diverged: state.trials.filter(hasDiverged).length, left: epochsLeft(state) };
}

/** The number of epochs that may still be trained, assuming that no trial is stopped early. */
export function epochsLeft({ sweep, trials }: SweepState): number {
  if (hasEnded(sweep.state) || sweep.ending !== undefined) return 0;
  const ofTrials = trials
    .filter(({ state }) => !hasEnded(state))
    .reduce((sum, { config, epochs }) => sum + config.epochs - epochs.length, 0);
  const left = ofTrials + (sweep.samplerTrials - sweep.asked) * sweep.spec.epochs;
  const budget = sweep.spec.budget.epochs;
  return budget === undefined ? left : Math.max(0, Math.min(left, budget - sweep.epochsDone));
}

function hasDiverged({ epochs }: TrialView): boolean {
  const last = epochs.at(-1);
  return last !== undefined && notFinite(last) !== undefined;
}
