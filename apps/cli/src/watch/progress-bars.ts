/** A sweep's progress on a terminal: one bar a running trial, a line for each that has ended. */
import { type DatasetReport, type TrainProgress, type TrialView } from '@honyaku/contracts';
import { MultiBar, type SingleBar } from 'cli-progress';
import pc from 'picocolors';
import { type HeldOutSet, testText, durationText, perplexityText } from '../texts.ts';
import { columnsOf, type Terminal } from '../terminal.ts';
import { plainLine, trialName, type News } from './news.ts';

const barWidth = 20;
const leastBarWidth = 4;
/** The bars' library keeps the terminal from wrapping lines; those that stay are read to their end. */
const wrapping = { on: '\u001B[?7h', off: '\u001B[?7l' } as const;

/** A trial, and the set that its epochs are evaluated on. */
interface Evaluated {
  readonly trial: TrialView;
  readonly set: HeldOutSet;
}

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

  /** @param lookUp BLEU of the look-up on the sweep's dataset, if it is known */
  show(news: News, lookUp?: DatasetReport['lookUp']): void {
    switch (news.type) {
      case 'progress':
        this.draw(news.trial, barText(news, this.columns));
        break;
      case 'epoch':
        this.draw(news.trial, betweenEpochs(news, this.columns));
        break;
      case 'trial-state':
        if (news.trial.state === 'running') this.draw(news.trial, betweenEpochs(news, this.columns));
        else this.end(news);
        break;
      case 'sweep-state':
        this.line(plainLine(news, lookUp) ?? '');
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
    return columnsOf(this.stream);
  }

  private draw(trial: TrialView, text: string): void {
    if (trial.state !== 'running') return;
    const bar = this.bars.get(trial.id) ?? this.multibar.create(1, 0, { text });
    this.bars.set(trial.id, bar);
    bar.update(0, { text });
  }

  private end(news: Extract<News, { type: 'trial-state' }>): void {
    const { trial } = news;
    const bar = this.bars.get(trial.id);
    if (bar) this.multibar.remove(bar);
    this.bars.delete(trial.id);
    this.line(`${plainLine(news)}${lastResults(news)}`);
  }
}

/**
 * `trial 0003 epoch 3/5 |████──| 61% 0:42<0:27 412 tok/s ppl train: 149.26, test: 90.66`. On a narrow terminal the bar
 * shrinks, and speed and times go before the perplexities do.
 */
export function barText(
  { trial, set, progress }: Evaluated & { readonly progress: TrainProgress },
  columns: number,
): string {
  const { epoch, step, steps, elapsedSeconds, targetTokensPerSecond, perplexity } = progress;
  const share = Math.min(1, step / steps);
  const left = step > 0 ? durationText((elapsedSeconds * (steps - step)) / step) : '?';
  const heldOut = trial.epochs.at(-1)?.heldOut.perplexity;
  const name = `${trialName(trial)} epoch ${epoch}/${trial.config.epochs}`;
  const percent = `${Math.floor(share * 100)}%`;
  const times = `${durationText(elapsedSeconds)}<${left}`;
  const speed = `${Math.round(targetTokensPerSecond)} tok/s`;
  const results = `ppl train: ${perplexityText(perplexity)}${heldOut === undefined ? '' : `, ${set}: ${perplexityText(heldOut)}`}`;
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

function betweenEpochs(news: Evaluated, columns: number): string {
  const { trial } = news;
  const next = Math.min(trial.epochs.length + 1, trial.config.epochs);
  const text = `${trialName(trial)} epoch ${next}/${trial.config.epochs} waits for a worker${lastResults(news)}`;
  return shortened(text, columns);
}

function shortened(text: string, columns: number): string {
  return text.length < columns ? text : `${text.slice(0, columns - 2)}…`;
}

function lastResults({ trial, set }: Evaluated): string {
  const last = trial.epochs.at(-1);
  if (!last) return '';
  return ` ppl train: ${perplexityText(last.train.perplexity)}, ${set}: ${testText(last.heldOut)}`;
}
