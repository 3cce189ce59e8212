/** The news in a live event for followers of a sweep, and its line in a log. */
import {
  type DatasetReport,
  type EpochView,
  type HeldOutMetrics,
  type LiveEvent,
  type SweepSpec,
  type SweepStatus,
  type SweepView,
  type TrainProgress,
  type TrialView,
} from '@honyaku/contracts';
import { bestText } from '../best-texts.ts';
import {
  testText,
  durationText,
  type HeldOutSet,
  heldOutSetOf,
  perplexityText,
  scoringText,
} from '../texts.ts';

type Epoch = Omit<EpochView, 'samples'>;

export type News =
  | { readonly type: 'sweep-state'; readonly sweep: SweepView }
  | (OfTrial & { readonly type: 'trial-state' })
  /** Of the model that the trial starts from: epoch 0. */
  | (OfTrial & { readonly type: 'start'; readonly heldOut: HeldOutMetrics })
  | (OfTrial & { readonly type: 'epoch'; readonly epoch: Epoch })
  | (OfTrial & { readonly type: 'progress'; readonly progress: TrainProgress });

interface OfTrial {
  readonly trial: TrialView;
  /** The set that its epochs are evaluated on. */
  readonly set: HeldOutSet;
}

const endStates: readonly SweepStatus[] = ['completed', 'failed', 'cancelled'];

export function hasEnded({ state }: Pick<SweepView, 'state'>): boolean {
  return endStates.includes(state);
}

/** Events may come twice or carry several epochs. */
export class SweepNews {
  private current: SweepView | undefined;
  private spec: Pick<SweepSpec, 'dataset'> | undefined;
  private readonly known = new Map<string, TrialView>();

  get sweep(): SweepView | undefined {
    return this.current;
  }

  get trials(): TrialView[] {
    return [...this.known.values()].sort((a, b) => a.number - b.number);
  }

  /** What trials are told by, where they come before the sweep that has ended. */
  learnSettings({ spec }: Pick<SweepView, 'spec'>): void {
    this.spec = spec;
  }

  /** @returns what is new in the event, in the order in which it happened */
  take(event: LiveEvent): News[] {
    switch (event.type) {
      case 'sweep': {
        const { current } = this;
        const { state, reason } = event.sweep;
        const begins = scoringText(event.sweep) !== '' && (!current || scoringText(current) === '');
        const changed = current?.state !== state || current.reason !== reason || begins;
        this.current = event.sweep;
        this.learnSettings(event.sweep);
        return changed ? [{ type: 'sweep-state', sweep: event.sweep }] : [];
      }
      case 'trial':
        return this.takeTrial(event.trial);
      case 'progress': {
        const trial = this.known.get(event.progress.trialId);
        const late = !trial || trial.epochs.some(({ epoch }) => epoch >= event.progress.epoch);
        return late ? [] : [{ type: 'progress', trial, set: this.set, progress: event.progress }];
      }
    }
  }

  private get set(): HeldOutSet {
    return this.spec ? heldOutSetOf(this.spec) : 'test';
  }

  private takeTrial(trial: TrialView): News[] {
    const before = this.known.get(trial.id);
    this.known.set(trial.id, trial);
    const epochs = trial.epochs.slice(before?.epochs.length ?? 0);
    const changed = (before?.state ?? 'pending') !== trial.state;
    const { set } = this;
    const state: News[] = changed ? [{ type: 'trial-state', trial, set }] : [];
    const news = epochs.flatMap((epoch): News[] => [
      ...(epoch.start ? [{ type: 'start' as const, trial, set, heldOut: epoch.start }] : []),
      { type: 'epoch', trial, set, epoch },
    ]);
    return trial.state === 'running' ? [...state, ...news] : [...news, ...state];
  }
}

/**
 * A line for each finished epoch and each change of state.
 * @param lookUp BLEU of the look-up on the sweep's dataset, if it is known
 * @returns undefined for what a log need not have
 */
export function plainLine(news: News, lookUp?: DatasetReport['lookUp']): string | undefined {
  switch (news.type) {
    case 'sweep-state': {
      const { id, state, reason = scoringText(news.sweep), best } = news.sweep;
      if (state === 'preparing') return `sweep ${id} is preparing its dataset`;
      const result =
        state === 'completed' && best
          ? `: best is trial ${trialNumberIn(best.trialId)} after epoch ${best.epoch}, ${bestText(best, heldOutSetOf(news.sweep.spec), lookUp)}`
          : '';
      return `sweep ${id} ${stateVerb[state]}${result}${because(reason)}`;
    }
    case 'trial-state':
      return `${trialName(news.trial)} ${stateVerb[news.trial.state]}${because(news.trial.reason)}`;
    case 'start':
      return `${trialName(news.trial)} epoch 0, before training, ppl ${news.set}: ${testText(news.heldOut)}`;
    case 'epoch': {
      const { trial, set, epoch } = news;
      return `${trialName(trial)} epoch ${epoch.epoch}/${trial.config.epochs} ${durationText(epoch.train.seconds)} ppl train: ${perplexityText(epoch.train.perplexity)}, ${set}: ${testText(epoch.heldOut)}`;
    }
    case 'progress':
      return undefined;
  }
}

export function trialName({ number }: Pick<TrialView, 'number'>): string {
  return `trial ${String(number).padStart(4, '0')}`;
}

const stateVerb = {
  preparing: 'is preparing',
  pending: 'waits',
  running: 'runs',
  paused: 'is paused',
  completed: 'is completed',
  pruned: 'was ended early',
  failed: 'has failed',
  lost: 'was lost',
  cancelled: 'was cancelled',
} as const;

function trialNumberIn(trialId: string): string {
  return trialId.slice(trialId.lastIndexOf('-') + 1);
}

function because(reason = ''): string {
  return reason === '' ? '' : `: ${reason}`;
}
