/** A sweep's progress on a terminal: one bar a running trial, a line for each that has ended. */
import { type TrainProgress, type TrialView } from '@honyaku/contracts';
import { MultiBar, type SingleBar } from 'cli-progress';
import pc from 'picocolors';
import { testText, durationText, perplexityText } from '../texts.ts';
import { plainLine, trialName, type News } from './news.ts';

const barWidth = 20;

export class ProgressBars {
  private readonly bars = new Map<string, SingleBar>();
  private readonly multibar: MultiBar;

  constructor(stream: NodeJS.WritableStream) {
    this.multibar = new MultiBar({
      format: '{text}',
      stream,
      hideCursor: true,
      clearOnComplete: true,
      // Ctrl-C is the command's own matter.
      gracefulExit: false,
      forceRedraw: true,
      fps: 8,
    });
  }

  show(news: News): void {
    switch (news.type) {
      case 'progress':
        this.draw(news.trial, barText(news.trial, news.progress));
        break;
      case 'epoch':
        this.draw(news.trial, betweenEpochs(news.trial));
        break;
      case 'trial-state':
        if (news.trial.state === 'running') this.draw(news.trial, betweenEpochs(news.trial));
        else this.end(news.trial);
        break;
      case 'sweep-state':
        this.line(plainLine(news) ?? '');
    }
  }

  stop(): void {
    this.multibar.stop();
  }

  private draw(trial: TrialView, text: string): void {
    if (trial.state !== 'running') return;
    const bar = this.bars.get(trial.id) ?? this.multibar.create(1, 0, { text });
    this.bars.set(trial.id, bar);
    bar.update(0, { text });
  }

  private end(trial: TrialView): void {
    const bar = this.bars.get(trial.id);
    if (bar) this.multibar.remove(bar);
    this.bars.delete(trial.id);
    this.line(`${plainLine({ type: 'trial-state', trial })}${lastResults(trial)}`);
  }

  private line(text: string): void {
    this.multibar.log(`${text}\n`);
    this.multibar.update();
  }
}

/** `trial 0003 epoch 3/5 |████──| 61% 0:42<0:27 412 tok/s ppl train: 149.26, test: 90.66`. */
export function barText(trial: TrialView, progress: TrainProgress): string {
  const { epoch, step, steps, elapsedSeconds, targetTokensPerSecond, perplexity } = progress;
  const share = Math.min(1, step / steps);
  const left = step > 0 ? durationText((elapsedSeconds * (steps - step)) / step) : '?';
  const test = trial.epochs.at(-1)?.heldOut.perplexity;
  const filled = Math.round(share * barWidth);
  return [
    `${trialName(trial)} epoch ${epoch}/${trial.config.epochs}`,
    `|${pc.cyan('█'.repeat(filled))}${'─'.repeat(barWidth - filled)}|`,
    `${Math.floor(share * 100)}%`,
    `${durationText(elapsedSeconds)}<${left}`,
    `${Math.round(targetTokensPerSecond)} tok/s`,
    `ppl train: ${perplexityText(perplexity)}${test === undefined ? '' : `, test: ${perplexityText(test)}`}`,
  ].join(' ');
}

function betweenEpochs(trial: TrialView): string {
  const next = Math.min(trial.epochs.length + 1, trial.config.epochs);
  return `${trialName(trial)} epoch ${next}/${trial.config.epochs} waits for a worker${lastResults(trial)}`;
}

function lastResults(trial: TrialView): string {
  const last = trial.epochs.at(-1);
  if (!last) return '';
  return ` ppl train: ${perplexityText(last.train.perplexity)}, test: ${testText(last.heldOut)}`;
}
