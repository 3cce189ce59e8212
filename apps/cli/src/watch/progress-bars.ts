/** A sweep's progress on a terminal: one bar a running trial, a line for each that has ended. */
import { type TrainProgress, type TrialView } from '@honyaku/contracts';
import { MultiBar, type SingleBar } from 'cli-progress';
import pc from 'picocolors';
import { testText, durationText, perplexityText } from '../texts.ts';
import { type Terminal } from '../terminal.ts';
import { plainLine, trialName, type News } from './news.ts';

const barWidth = 20;
const leastBarWidth = 4;
const usualColumns = 80;
/** The bars' library keeps the terminal from wrapping lines; those that stay are read to their end. */
const wrapping = { on: '\u001B[?7h', off: '\u001B[?7l' } as const;

export class ProgressBars {
  private readonly bars = new Map<string, SingleBar>();
  private readonly multibar: MultiBar;

  constructor(private readonly stream: Terminal['output']) {
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
        this.draw(news.trial, barText(news.trial, news.progress, this.columns));
        break;
      case 'epoch':
        this.draw(news.trial, betweenEpochs(news.trial, this.columns));
        break;
      case 'trial-state':
        if (news.trial.state === 'running') this.draw(news.trial, betweenEpochs(news.trial, this.columns));
        else this.end(news.trial);
        break;
      case 'sweep-state':
        this.line(plainLine(news) ?? '');
    }
  }

  stop(): void {
    this.multibar.stop();
  }

  /** A line that stays, above the bars. */
  line(text: string): void {
    this.multibar.log(`${wrapping.on}${text}\n${wrapping.off}`);
    this.multibar.update();
  }

  private get columns(): number {
    return this.stream.columns ?? usualColumns;
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
}

/**
 * `trial 0003 epoch 3/5 |████──| 61% 0:42<0:27 412 tok/s ppl train: 149.26, test: 90.66`. On a narrow terminal the bar
 * shrinks, and speed and times go before the perplexities do.
 */
export function barText(trial: TrialView, progress: TrainProgress, columns: number): string {
  const { epoch, step, steps, elapsedSeconds, targetTokensPerSecond, perplexity } = progress;
  const share = Math.min(1, step / steps);
  const left = step > 0 ? durationText((elapsedSeconds * (steps - step)) / step) : '?';
  const test = trial.epochs.at(-1)?.heldOut.perplexity;
  const name = `${trialName(trial)} epoch ${epoch}/${trial.config.epochs}`;
  const percent = `${Math.floor(share * 100)}%`;
  const times = `${durationText(elapsedSeconds)}<${left}`;
  const speed = `${Math.round(targetTokensPerSecond)} tok/s`;
  const results = `ppl train: ${perplexityText(perplexity)}${test === undefined ? '' : `, test: ${perplexityText(test)}`}`;
  for (const rest of [
    [percent, times, speed, results],
    [percent, times, results],
    [percent, results],
  ]) {
    const width = Math.min(barWidth, columns - `${name} || ${rest.join(' ')}`.length - 1);
    if (width < leastBarWidth) continue;
    const filled = Math.round(share * width);
    return [name, `|${pc.cyan('█'.repeat(filled))}${'─'.repeat(width - filled)}|`, ...rest].join(' ');
  }
  return shortened(`${name} ${percent} ${results}`, columns);
}

function betweenEpochs(trial: TrialView, columns: number): string {
  const next = Math.min(trial.epochs.length + 1, trial.config.epochs);
  const text = `${trialName(trial)} epoch ${next}/${trial.config.epochs} waits for a worker${lastResults(trial)}`;
  return shortened(text, columns);
}

function shortened(text: string, columns: number): string {
  return text.length < columns ? text : `${text.slice(0, columns - 2)}…`;
}

function lastResults(trial: TrialView): string {
  const last = trial.epochs.at(-1);
  if (!last) return '';
  return ` ppl train: ${perplexityText(last.train.perplexity)}, test: ${testText(last.heldOut)}`;
}
