/** Follows a sweep to its end, in one of three forms. */
import {
  Cancelled,
  type DatasetReport,
  LiveEvent,
  Unavailable,
  type SweepView,
  type TrialView,
  routes,
  toJson,
} from '@honyaku/contracts';
import { type ApiClient } from '@honyaku/client';
import { belowLookUpText } from '../best-texts.ts';
import { findInBucket } from '../in-bucket.ts';
import { exitCodes, notify, type Terminal, printLine, type CommandContext } from '../terminal.ts';
import { sweepEvents } from '../watch/event-stream.ts';
import { plainLine, type News, SweepNews, hasEnded } from '../watch/news.ts';
import { ProgressBars } from '../watch/progress-bars.ts';
import { StandstillWatch } from '../watch/standstill.ts';

/** `honyaku watch SWEEP`. @returns 0 when the sweep was completed, 1 when it ended otherwise */
export async function watch({ terminal, json, client }: CommandContext, sweepId: string): Promise<number> {
  try {
    const { sweep } = await watchSweep(await client(), sweepId, terminal, { json });
    return sweep.state === 'completed' ? exitCodes.completed : exitCodes.failed;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    notify(
      terminal,
      `sweep ${sweepId} goes on: \`honyaku watch ${sweepId}\` follows it again, \`honyaku cancel ${sweepId}\` ends it`,
    );
    return exitCodes.interrupted;
  }
}

export interface WatchedSweep {
  readonly sweep: SweepView;
  readonly trials: readonly TrialView[];
}

export type WatchTerminal = Pick<Terminal, 'output' | 'messages' | 'interrupted'>;

/**
 * Bars on a terminal, plain lines elsewhere, JSON lines of `LiveEvent` when asked; and a line when nothing comes since
 * the API is not ready.
 * @returns the sweep as it ended, and its trials
 * @throws Cancelled at Ctrl-C; the sweep goes on
 */
export async function watchSweep(
  client: ApiClient,
  sweepId: string,
  terminal: WatchTerminal,
  options: { readonly json?: boolean; readonly quietMilliseconds?: number } = {},
): Promise<WatchedSweep> {
  const bars = terminal.output.isTTY && !options.json ? new ProgressBars(terminal.output) : undefined;
  const news = new SweepNews();
  let report: DatasetReport | undefined;
  const print = (line: string) => (bars ? bars.line(line) : printLine(terminal, line));
  const show = (item: News) => {
    if (bars) return bars.show(item, report?.lookUp);
    const line = plainLine(item, report?.lookUp);
    if (line !== undefined) printLine(terminal, line);
  };
  const take = (event: LiveEvent) => {
    if (options.json) printLine(terminal, toJson(LiveEvent, event));
    const items = news.take(event);
    if (!options.json) items.forEach(show);
  };
  const standstill = new StandstillWatch(
    client,
    (reason) => {
      const line = `sweep ${sweepId} waits: ${reason}`;
      if (bars) bars.line(line);
      else notify(terminal, line);
    },
    options.quietMilliseconds,
  );
  try {
    for await (const event of sweepEvents(client, sweepId, terminal.interrupted)) {
      standstill.notice();
      if (event.type !== 'sweep' || !hasEnded(event.sweep)) {
        take(event);
        continue;
      }
      // The end may overtake what led to it.
      const { trials } = await client.call(routes.sweepTrials, { id: sweepId });
      news.learnSettings(event.sweep);
      for (const trial of trials) take({ type: 'trial', trial });
      ({ found: report } = options.json
        ? {}
        : await findInBucket(client.find(routes.dataset, { id: sweepId })));
      take(event);
      const below = belowLookUpText(event.sweep, news.trials, report);
      if (below !== '') print(below);
      return { sweep: event.sweep, trials: news.trials };
    }
  } finally {
    standstill.stop();
    bars?.stop();
  }
  throw new Unavailable('the event stream ended');
}
