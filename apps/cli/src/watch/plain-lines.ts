/** A sweep's progress for a log: a line for each finished epoch and each change of state. */
import { type TrialView } from '@honyaku/contracts';
import { testText } from '../held-out-text.ts';
import { durationText, perplexityText } from '../numbers.ts';
import { type News } from './sweep-news.ts';

/** @returns undefined for what a log need not have */
export function plainLine(news: News): string | undefined {
  switch (news.type) {
    case 'sweep-state': {
      const { id, state, reason, best } = news.sweep;
      if (state === 'preparing') return `sweep ${id} is preparing its dataset`;
      const result =
        state === 'completed' && best
          ? `: best is trial ${trialNumberIn(best.trialId)} after epoch ${best.epoch}, test ppl ${testText(best.heldOut)}`
          : '';
      return `sweep ${id} ${stateVerb[state]}${result}${because(reason)}`;
    }
    case 'trial-state':
      return `${trialName(news.trial)} ${stateVerb[news.trial.state]}${because(news.trial.reason)}`;
    case 'epoch': {
      const { trial, epoch } = news;
      return `${trialName(trial)} epoch ${epoch.epoch}/${trial.config.epochs} ${durationText(epoch.train.seconds)} ppl train: ${perplexityText(epoch.train.perplexity)}, test: ${testText(epoch.heldOut)}`;
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

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}
