/** What a live event changes, for whoever follows a sweep: events may come twice or carry several epochs. */
import {
  type EpochView,
  type LiveEvent,
  type SweepStatus,
  type SweepView,
  type TrainProgress,
  type TrialView,
} from '@honyaku/contracts';

type Epoch = Omit<EpochView, 'samples'>;

export type News =
  | { readonly type: 'sweep-state'; readonly sweep: SweepView }
  | { readonly type: 'trial-state'; readonly trial: TrialView }
  | { readonly type: 'epoch'; readonly trial: TrialView; readonly epoch: Epoch }
  | { readonly type: 'progress'; readonly trial: TrialView; readonly progress: TrainProgress };

const endStates: readonly SweepStatus[] = ['completed', 'failed', 'cancelled'];

export function hasEnded({ state }: Pick<SweepView, 'state'>): boolean {
  return endStates.includes(state);
}

export class SweepNews {
  private current: SweepView | undefined;
  private readonly known = new Map<string, TrialView>();

  get sweep(): SweepView | undefined {
    return this.current;
  }

  get trials(): TrialView[] {
    return [...this.known.values()].sort((a, b) => a.number - b.number);
  }

  /** @returns what is new in the event, in the order in which it happened */
  take(event: LiveEvent): News[] {
    switch (event.type) {
      case 'sweep': {
        const changed = this.current?.state !== event.sweep.state;
        this.current = event.sweep;
        return changed ? [{ type: 'sweep-state', sweep: event.sweep }] : [];
      }
      case 'trial':
        return this.takeTrial(event.trial);
      case 'progress': {
        const trial = this.known.get(event.progress.trialId);
        const late = !trial || trial.epochs.some(({ epoch }) => epoch >= event.progress.epoch);
        return late ? [] : [{ type: 'progress', trial, progress: event.progress }];
      }
    }
  }

  private takeTrial(trial: TrialView): News[] {
    const before = this.known.get(trial.id);
    this.known.set(trial.id, trial);
    const epochs = trial.epochs.slice(before?.epochs.length ?? 0);
    const changed = (before?.state ?? 'pending') !== trial.state;
    const state: News[] = changed ? [{ type: 'trial-state', trial }] : [];
    const news = epochs.map((epoch): News => ({ type: 'epoch', trial, epoch }));
    return trial.state === 'running' ? [...state, ...news] : [...news, ...state];
  }
}
